"""The activities that a shift can be, and the words that sheets use for them."""

from geo.text import Text

ACTIVITIES: dict[str, Text] = {
    "planting": Text(zh="种植", en="planting"),
    "site_preparation": Text(zh="整地", en="site preparation"),
    "sand_barrier": Text(zh="扎沙障", en="sand barriers"),
    "seedling_transport": Text(zh="运苗", en="seedling transport"),
    "watering": Text(zh="浇水", en="watering"),
    "tending": Text(zh="抚育", en="tending"),
    "patrol": Text(zh="巡护", en="patrol"),
    "replanting": Text(zh="补植", en="replanting"),
    "nursery": Text(zh="育苗", en="nursery"),
    "training": Text(zh="培训", en="training"),
    "survey": Text(zh="调查", en="survey"),
    "other": Text(zh="其他", en="other"),
}

_OTHER_WORDS = {
    "植树": "planting",
    "栽植": "planting",
    "造林": "planting",
    "种树": "planting",
    "挖坑": "site_preparation",
    "沙障": "sand_barrier",
    "草方格": "sand_barrier",
    "扎草方格": "sand_barrier",
    "灌溉": "watering",
    "管护": "tending",
    "巡逻": "patrol",
    "补种": "replanting",
    "苗圃": "nursery",
    "其它": "other",
}

_BY_WORD = (
    {code: code for code in ACTIVITIES}
    | {text.zh: code for code, text in ACTIVITIES.items()}
    | {text.en: code for code, text in ACTIVITIES.items()}
    | _OTHER_WORDS
)


def activity_code(word: object) -> str | None:
    """Give the code of an activity named by its code, its Chinese or its English name; None if unknown."""
    if not isinstance(word, str):
        return None
    cleaned = word.strip().lower()
    return _BY_WORD.get(cleaned) or _BY_WORD.get(cleaned.replace(" ", "_").replace("-", "_"))
