# do not pre-load
"""What a job finds around it: docassemble's language, configuration and Redis."""

from site_jobs.noting import write


def look() -> None:
    """Note what docassemble's functions answer inside of a job."""
    from docassemble.base.util import DARedis, get_config, get_language, user_info

    redis = DARedis("redis")
    redis.set_data("site-jobs", {"kept": [1, 2]})
    write(
        "around",
        email=user_info().email,
        language=get_language(),
        secret=len(get_config("secretkey")),
        own=get_config("own directive"),
        redis=redis.get_data("site-jobs"),
    )
