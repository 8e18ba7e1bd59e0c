"""The words that sheets use for activities."""

from forestapi.records.shifts import ACTIVITIES

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
    | {text.en.lower(): code for code, text in ACTIVITIES.items()}
    | _OTHER_WORDS
)


def activity_code(word: object) -> str | None:
    """Give the code of an activity named by its code, its Chinese or its English name; None if unknown."""
    if not isinstance(word, str):
        return None
    cleaned = word.strip().lower()
    return _BY_WORD.get(cleaned) or _BY_WORD.get(cleaned.replace(" ", "_").replace("-", "_"))
