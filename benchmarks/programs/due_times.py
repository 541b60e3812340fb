"""When all jobs of a load are due: for what is fed when they are, and as a cron expression."""

import asyncio
import time
from collections.abc import Awaitable, Callable


def expression(every: str) -> str:
    """Return the cron expression of a load; the sixth field is seconds."""
    if not every:
        return "0 0 1 1 *"
    return "* * * * *" if every == "60" else f"* * * * * */{every}"


async def feed(put: Callable[[], Awaitable[object]], every: str) -> None:
    """Put all jobs into a queue each time that they are due."""
    while every:
        await asyncio.sleep(int(every) - time.time() % int(every))
        await put()
