"""Front-end files that pages need: which ones, where they come from, where they are served.

npm installs the packages pinned in `package.json`; `install` copies the few files that a page asks for into
`maps/vendor/<package>/`, which git ignores, and the server hands that folder out at `/assets/`. No page ever
asks another host.
"""

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "vendor"
"""Where the installed files are; the server serves it at `URL`."""

URL = "/assets"
"""The path that `FOLDER` is served at."""


@dataclass(frozen=True)
class Asset:
    """One file that pages name, inside the npm package that brings it."""

    package: str
    source: str
    beside: tuple[str, ...] = ()
    """Glob patterns, from the package's root, of files that this one asks for by its own relative address."""

    @property
    def address(self) -> str:
        """Where the file lands below `FOLDER`: the package's build folder is left out."""
        return _address(self.package, self.source)


ASSETS: dict[str, Asset] = {
    "maplibre": Asset("maplibre-gl", "dist/maplibre-gl.mjs", beside=("dist/maplibre-gl-worker.mjs",)),
    "maplibre_css": Asset("maplibre-gl", "dist/maplibre-gl.css"),
    "echarts": Asset("echarts", "dist/echarts.common.min.js"),
    "leaflet": Asset("leaflet", "dist/leaflet.js"),
    "leaflet_css": Asset("leaflet", "dist/leaflet.css", beside=("dist/images/*.png",)),
    "protomaps": Asset("protomaps-leaflet", "dist/protomaps-leaflet.js"),
    "swagger": Asset("swagger-ui-dist", "swagger-ui-bundle.js"),
    "swagger_css": Asset("swagger-ui-dist", "swagger-ui.css"),
    "swagger_preset": Asset("swagger-ui-dist", "swagger-ui-standalone-preset.js"),
    "swagger_icon": Asset("swagger-ui-dist", "favicon-32x32.png"),
    "font_css": Asset("@fontsource/noto-sans-sc", "400.css", beside=("files/*-400-normal.woff2",)),
    "font_whole": Asset("@fontsource/noto-sans-sc", "files/noto-sans-sc-chinese-simplified-700-normal.woff2"),
    "font_print": Asset(
        "@fontsource/noto-sans-sc",
        "files/noto-sans-sc-chinese-simplified-400-normal.woff",
        beside=tuple(
            f"files/noto-sans-sc-{subset}-{weight}-normal.woff"
            for subset in ("chinese-simplified", "latin", "latin-ext")
            for weight in (400, 700)
        ),
    ),
    "font_bold_css": Asset("@fontsource/noto-sans-sc", "700.css", beside=("files/*-700-normal.woff2",)),
}


class AssetMissing(FileNotFoundError):
    """A front-end file is not installed; the message names the command that installs it."""


def path(name: str) -> Path:
    """Find the installed file of one asset.

    Raises:
        KeyError: no asset has that name.
        AssetMissing: it has not been installed.

    """
    file = FOLDER / ASSETS[name].address
    if not file.is_file():
        raise AssetMissing(
            f"the front-end file {file.name} is not installed; start with ./forest up, which installs it"
        )
    return file


def url(name: str) -> str:
    """Say the address that a page of ours asks for one asset.

    Raises:
        KeyError: no asset has that name.

    """
    return f"{URL}/{ASSETS[name].address}"


def files(name: str) -> dict[str, Path]:
    """Give the installed files of one asset by the addresses they are served at, those beside it included.

    Raises:
        KeyError: no asset has that name.

    """
    asset = ASSETS[name]
    found = [
        file
        for pattern in (asset.source, *asset.beside)
        for file in sorted(FOLDER.glob(_address(asset.package, pattern)))
    ]
    return {f"{URL}/{file.relative_to(FOLDER).as_posix()}": file for file in found}


def missing() -> list[str]:
    """Name every asset that is not installed."""
    return [name for name, asset in ASSETS.items() if not (FOLDER / asset.address).is_file()]


def install(node_modules: Path) -> int:
    """Replace `FOLDER` by what the packages in `node_modules` hold, licences with them; count the files.

    Raises:
        AssetMissing: a package lacks a file that is declared here.

    """
    staging = FOLDER.with_name("vendor.new")
    shutil.rmtree(staging, ignore_errors=True)
    for asset in ASSETS.values():
        root = node_modules / asset.package
        for pattern in (asset.source, *asset.beside):
            found = sorted(root.glob(pattern))
            if not found:
                raise AssetMissing(f"npm package {asset.package} has no {pattern}; run npm ci again")
            for file in found:
                _copy(file, staging / _address(asset.package, file.relative_to(root).as_posix()))
        for licence in (*root.glob("*LICENSE*"), *root.glob("NOTICE*")):
            _copy(licence, staging / asset.package / licence.name)
    shutil.rmtree(FOLDER, ignore_errors=True)
    staging.rename(FOLDER)
    return sum(file.is_file() for file in FOLDER.rglob("*"))


def _address(package: str, source: str) -> str:
    return f"{package}/{source.removeprefix('dist/')}"


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] != "install":
        sys.exit("usage: python -m maps.assets install NODE_MODULES")
    print(f"{install(Path(sys.argv[2]))} front-end files installed")
