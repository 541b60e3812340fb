# do not pre-load
"""What a job finds around it: docassemble's language, configuration, Redis and request."""

from site_jobs.noting import write


def look() -> None:
    """Note what docassemble's functions answer inside of a job."""
    from docassemble.base.util import DARedis, get_config, get_language, interview_url, user_info
    from flask import request, session

    session["seen"] = session.get("seen", 0) + 1
    redis = DARedis("redis")
    redis.set_data("site-jobs", {"kept": [1, 2]})
    write(
        "around",
        email=user_info().email,
        language=get_language(),
        secret=len(get_config("secretkey")),
        own=get_config("own directive"),
        redis=redis.get_data("site-jobs"),
        request=[request.url, request.method, session["seen"]],
        link=interview_url(i="docassemble.demo:data/questions/questions.yml"),
    )
