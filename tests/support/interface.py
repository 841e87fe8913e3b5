"""What the JSON interface promises: the fields that others' scripts read, in their order."""

HIT_KEYS = [
    "id",
    "url",
    "site",
    "section",
    "title",
    "lead",
    "authors",
    "published",
    "score",
    "snippet",
    "versions",
    "num_versions",
]
