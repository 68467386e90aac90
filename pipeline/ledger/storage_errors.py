"""What a store of objects says when it cannot be used, in words for whoever gave its address."""

from __future__ import annotations

import re

# What is said, in the messages of the libraries behind Delta and of the stores; the first that matches holds.
_FAULTS = tuple(
    (re.compile(pattern, re.DOTALL), fault)
    for pattern, fault in (
        (
            "URL scheme is not allowed",
            "the endpoint begins with http://; use one with https://, or allow it with AWS_ALLOW_HTTP=true",
        ),
        ("NoSuchBucket|ContainerNotFound|[Bb]ucket does not exist", "the bucket does not exist; check its name"),
        (
            r"169\.254\.169\.254|169\.254\.170\.2|metadata\.google|[Cc]redentials|token request|Account must be",
            "no credentials were found for it; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or those of your store",
        ),
        (
            "40[13] |[Ff]orbidden|[Uu]nauthorized|AccessDenied|necessary privileges|SignatureDoesNotMatch",
            "access is denied; check the credentials and what they allow",
        ),
        (
            "error sending request|[Cc]onnection|dns error|timed? ?out",
            "the storage cannot be reached; check the endpoint and the network, and try again",
        ),
        (
            "Unknown scheme|recognise URL|relative URL|empty host",
            "is not an address of a storage; write s3://bucket/folder",
        ),
    )
)


def describe_storage_error(url: str, error: Exception) -> str | None:
    """What is wrong with the place where a ledger is kept, in one line; None where the place is not at fault.

    Of a local folder that is never said.
    """
    if "://" not in url or url.startswith("file://"):
        return None
    return next((f"{url}: {fault}" for pattern, fault in _FAULTS if pattern.search(str(error))), None)
