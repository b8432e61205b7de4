"""AWS error codes sorted into outcomes.

Services spell the same thing in many ways: S3 says AccessDenied, EC2 UnauthorizedOperation, JSON-protocol services
AccessDeniedException. An operation an emulator lacks answers HTTP 500 with HTML, which botocore reports as
the code "500" or as a parser error.
"""

from __future__ import annotations

from botocore import exceptions as aws

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
_NOT_IN_REGION = {"OptInRequired", "RegionDisabledException", "InvalidClientTokenId", "UnrecognizedClientException"}
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


def failure(operation: str, error: Exception, *, regional: bool) -> CallFailed:
    """Sort an exception of botocore. `regional`: a token unknown in one region means the region is not enabled."""
    if isinstance(error, aws.ClientError):
        code = _code(error)
        message = str(error.response.get("Error", {}).get("Message", ""))[:500]
        if message.lstrip()[:1] == "<":  # an HTML error page says nothing that its code does not
            message = ""
        return CallFailed(operation, _outcome(code, message, error, regional), code, message)
    if isinstance(error, aws.EndpointConnectionError):
        return CallFailed(operation, Outcome.FAILED, "EndpointConnectionError", str(error))
    if isinstance(error, aws.ParamValidationError):
        raise error  # our bug: a collector built arguments the API does not know
    if isinstance(error, aws.BotoCoreError):
        kind = Outcome.UNSUPPORTED if "parser" in type(error).__name__.lower() else Outcome.FAILED
        return CallFailed(operation, kind, type(error).__name__, str(error)[:500])
    if type(error).__name__ == "ResponseParserError":
        return CallFailed(operation, Outcome.UNSUPPORTED, "ResponseParserError", "the answer could not be read")
    raise error


def _code(error: aws.ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _outcome(code: str, message: str, error: aws.ClientError, regional: bool) -> Outcome:
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
