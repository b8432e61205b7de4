"""AWS error codes sorted into outcomes.

Services spell the same thing in many ways: S3 says AccessDenied, EC2 UnauthorizedOperation, JSON-protocol services
AccessDeniedException. An operation an emulator lacks answers HTTP 500 with HTML, which botocore reports as
the code "500" or as a parser error.
"""

from __future__ import annotations

from functools import cache
from urllib.parse import urlsplit

import botocore.session
from botocore import exceptions as aws

from backend.inventory.collector import GLOBAL
from backend.inventory.outcome import CallFailed, Outcome

_DENIED = {
    "AccessDenied",
    "AccessDeniedException",
    "AllAccessDisabled",
    "AuthorizationError",
    "AuthorizationErrorException",
    "Client.UnauthorizedOperation",
    "Forbidden",
    "ForbiddenException",
    "InsufficientPrivilegesException",
    "KMSAccessDeniedException",
    "NotAuthorized",
    "SignatureDoesNotMatch",
    "UnauthorizedException",
    "UnauthorizedOperation",
    "403",
}
_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
_THROTTLED = {
    "BandwidthLimitExceeded",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
    "429",
}
# Not among them: InvalidClientTokenId and UnrecognizedClientException. A region that is off answers so, but a key
# switched off during the scan as well, and then "nothing there" would be a lie about every region.
_NOT_IN_REGION = {"OptInRequired", "RegionDisabledException"}
_UNSUPPORTED = {
    "404",
    "500",
    "501",
    "InvalidAction",
    "NotImplemented",
    "UnknownOperationException",
    "UnsupportedOperation",
    "UnsupportedOperationException",
}


def is_expired(error: BaseException) -> bool:
    """Whether the credentials themselves ran out: the scan stops, since no later call can work."""
    return isinstance(error, aws.ClientError) and _code(error) in _EXPIRED


def failure(operation: str, error: Exception, region: str) -> CallFailed:
    """Sort what a call raised; `region` is where it was sent ('global' for an account-wide service).

    Nothing gets past it: a name the SDK refuses to send (ParamValidationError), or whatever else a hostile answer
    makes the SDK raise, is a failure of this one call.
    """
    if isinstance(error, aws.ClientError):
        code = _code(error)
        message = str(error.response.get("Error", {}).get("Message", ""))[:500]
        if message.lstrip()[:1] == "<":  # an HTML error page says nothing that its code does not
            message = ""
        return CallFailed(operation, _outcome(code, message, error, regional=region != GLOBAL), code, message)
    kind = type(error).__name__
    if isinstance(error, aws.EndpointConnectionError):
        nowhere = _has_no_endpoint(operation, error, region)
        return CallFailed(operation, Outcome.NOT_IN_REGION if nowhere else Outcome.FAILED, kind, str(error)[:500])
    if isinstance(error, aws.BotoCoreError):
        outcome = Outcome.UNSUPPORTED if "parser" in kind.lower() else Outcome.FAILED
        return CallFailed(operation, outcome, kind, str(error)[:500])
    if kind == "ResponseParserError":
        return CallFailed(operation, Outcome.UNSUPPORTED, kind, "the answer could not be read")
    return CallFailed(operation, Outcome.FAILED, kind, "the call could not be made, or its answer not read")


def _has_no_endpoint(operation: str, error: aws.EndpointConnectionError, region: str) -> bool:
    """Whether the service is not offered in the region: AWS has no such host, and the SDK's own table no such place.

    The table alone would not do, as it lags behind AWS; nor the missing host, as the network may be down.
    """
    host = urlsplit(str(error.kwargs.get("endpoint_url", ""))).hostname or ""
    offered = _regions_of(operation.split(".")[0])
    return (
        host.endswith((".amazonaws.com", ".amazonaws.com.cn", ".api.aws")) and bool(offered) and region not in offered
    )


@cache
def _regions_of(service: str) -> frozenset[str]:
    session = botocore.session.Session()
    return frozenset(
        region
        for partition in session.get_available_partitions()
        for region in session.get_available_regions(service, partition)
    )


def _code(error: aws.ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _outcome(code: str, message: str, error: aws.ClientError, *, regional: bool) -> Outcome:
    if code in _THROTTLED:
        return Outcome.THROTTLED
    if code in _NOT_IN_REGION:
        return Outcome.NOT_IN_REGION if regional else Outcome.DENIED
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    if code in _DENIED or "not authorized to perform" in message.lower() or (status == 403 and not code):
        return Outcome.DENIED
    if code in _UNSUPPORTED:
        return Outcome.FAILED if code == "404" and status != 404 else Outcome.UNSUPPORTED
    return Outcome.FAILED
