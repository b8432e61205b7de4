"""What went wrong with AWS, as one sentence for a person and one next step.

Texts that AWS sent are outside text: shortened, control characters shown as codes, secrets masked.
"""

from __future__ import annotations

import re
from typing import Any

import botocore.session
from botocore import exceptions as sdk
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from backend.credentials.aws_identity import AwsIdentity
from backend.credentials.redaction import redact
from backend.errors import UserError

# All that a call can raise; an answer that is not AWS's (an emulator's page of HTML) is outside botocore's hierarchy.
SDK_ERRORS = (BotoCoreError, ClientError, ResponseParserError)

DENIED = {
    "AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError",
    "AuthorizationErrorException", "UnauthorizedAccess", "UnauthorizedException", "Forbidden", "ForbiddenException",
    "403", "NotAuthorized", "AllAccessDisabled",
}  # fmt: skip
THROTTLED = {
    "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "RequestThrottledException",
    "RequestLimitExceeded", "TooManyRequestsException", "SlowDown", "BandwidthLimitExceeded", "LimitExceededException",
    "PriorRequestNotComplete", "ProvisionedThroughputExceededException", "EC2ThrottledException", "429",
}  # fmt: skip
_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"}
_UNKNOWN_KEY = {"InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId", "AuthFailure"}
_BAD_SIGNATURE = {"SignatureDoesNotMatch", "IncompleteSignature", "InvalidSignatureException"}
_SKEWED = {"RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture"}
_CLOCK = re.compile(r"(?i)signature (expired|not yet current)|not yet current|skew")


def code_of(error: ClientError) -> str:
    """The service's error code."""
    return str(error.response.get("Error", {}).get("Code", ""))


def is_denied(error: BaseException) -> bool:
    """Whether a call failed because the identity may not make it."""
    return isinstance(error, ClientError) and code_of(error) in DENIED


def is_throttled(error: BaseException) -> bool:
    """Whether a call failed because AWS wants fewer of them."""
    return isinstance(error, ClientError) and code_of(error) in THROTTLED


def explain(error: Exception, identity: AwsIdentity, region: str = "") -> UserError:
    """The `UserError` for anything that signing in or calling AWS can raise; one that already is stays itself."""
    if isinstance(error, UserError):
        return error
    if isinstance(error, ClientError):
        return _of_service(error, identity, region)
    return _of_profile(error, identity) or _of_network(error, identity, region)


def said(error: BaseException | str) -> str:
    """What the other side said, safe to show: at most 300 characters, no control or direction marks, no secret."""
    text = redact(str(error))
    text = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)
    return text if len(text) <= 300 else text[:299] + "…"


def _of_service(error: ClientError, identity: AwsIdentity, region: str) -> UserError:
    code, message = code_of(error), str(error.response.get("Error", {}).get("Message", ""))
    who, operation = identity.label(), error.operation_name
    if code in _EXPIRED:
        if identity.profile:
            return UserError(f"The session of {who} has expired.", _sign_in_again(identity.profile))
        return UserError(f"The session token of {who} has expired.", "Enter new temporary keys, or use a profile.")
    if code in _SKEWED or (code in _BAD_SIGNATURE | _UNKNOWN_KEY and _CLOCK.search(message)):
        return UserError(
            "AWS refused the request because this computer's clock is wrong by more than five minutes.",
            "Set the clock (switch on network time) and try again.",
        )
    if code in _UNKNOWN_KEY:
        return UserError(
            f"AWS does not know the access key of {who} (asked in {region or 'the default region'}).",
            "It may be deleted, inactive, mistyped, or belong to another partition; check it in IAM.",
        )
    if code in _BAD_SIGNATURE:
        return UserError(f"The secret access key of {who} does not match its key id.", "Enter both again.")
    if operation.startswith("AssumeRole"):
        return _of_assume_role(code, message, identity)
    if code in DENIED:
        return UserError(
            f"{_sentence(identity.label())} may not call {operation}: {said(message)}",
            "Grant the permission and try again.",
        )
    if code in {"OptInRequired", "RegionDisabledException"}:
        return UserError(f"Region {region} is not enabled for this account.", "Enable it, or leave it out of the scan.")
    if code in THROTTLED:
        return UserError(f"AWS throttles {operation}; it still did after several tries.", "Try again in some minutes.")
    return UserError(f"AWS answered {operation} with {said(code) or 'an error'}: {said(message)}")


def _of_assume_role(code: str, message: str, identity: AwsIdentity) -> UserError:
    role = identity.role_arn or f"the role of {identity.label()}"
    if "MultiFactorAuthentication" in message or "MFA" in message:
        return UserError(f"AWS refused the MFA code for {role}.", "Wait for the next code and try again.")
    if code in DENIED:
        need = "an external id that matches, " if identity.external_id else ""
        return UserError(
            f"This identity may not assume {role}: {said(message)}",
            f"The role must exist, its trust policy must name this identity ({need}MFA if it demands that), and this "
            "identity needs sts:AssumeRole on it.",
        )
    if "DurationSeconds" in message:
        return UserError(
            f"{role} does not allow sessions of {identity.duration} seconds.",
            "Set a shorter duration (3600 for a role assumed from a role).",
        )
    if code == "RegionDisabledException":
        return UserError(f"STS is not active for {role} in this region.", "Choose another region for signing in.")
    return UserError(f"{role} could not be assumed: {said(message)}", "Check its ARN, external id and MFA serial.")


def _of_profile(error: Exception, identity: AwsIdentity) -> UserError | None:
    """Troubles of ~/.aws: none of these reached AWS."""
    profile = identity.profile
    if isinstance(error, sdk.ProfileNotFound):
        return unknown_profile(profile)
    if isinstance(error, sdk.ConfigParseError | UnicodeDecodeError):
        path = getattr(error, "kwargs", {}).get("path", "")
        return UserError(
            f"The AWS configuration file {said(str(path))} cannot be read: it is not valid.", "Correct it."
        )
    if isinstance(error, sdk.SSOError | sdk.TokenRetrievalError | sdk.NoAuthTokenError):
        return UserError(f"The SSO session of profile '{profile}' has expired or was never begun.", sso_login(profile))
    if isinstance(error, sdk.LoginError):
        return UserError(
            f"The login session of profile '{profile}' has expired.", f"Run: aws login --profile {_quoted(profile)}"
        )
    if isinstance(error, sdk.PartialCredentialsError):
        return UserError(
            f"Profile '{profile}' lacks a part of its keys ({error.kwargs.get('cred_var', '')}).", "Add it."
        )
    if isinstance(error, sdk.CredentialRetrievalError):
        return UserError(f"Profile '{profile}' gave no credentials: {said(error)}", "Run its command or login by hand.")
    if isinstance(error, sdk.RefreshWithMFAUnsupportedError):
        return UserError(f"The session of profile '{profile}' cannot be renewed without an MFA code.", "Try again.")
    if isinstance(error, sdk.NoCredentialsError):
        return UserError(f"There are no credentials in {identity.label()}.", "Choose another profile or enter keys.")
    if isinstance(error, sdk.InvalidConfigError):
        return UserError(f"Profile '{profile}' is not usable: {said(error)}", f"Correct it in {config_files()}.")
    return None


def _of_network(error: Exception, identity: AwsIdentity, region: str) -> UserError:
    endpoint = identity.endpoint_url
    if isinstance(error, sdk.ParamValidationError) and "TokenCode" in str(error):
        return UserError("An MFA code has six digits.", "Try again with the code your device shows.")
    if isinstance(error, sdk.NoRegionError | sdk.InvalidRegionError | sdk.UnknownRegionError):
        return UserError(f"'{said(region)}' is no region of AWS.", "Name one such as eu-west-1.")
    if isinstance(error, sdk.SSLError):
        return UserError(
            f"The TLS certificate of {_where(endpoint, region)} is not trusted here: {said(error)}",
            "Behind a proxy that inspects TLS, name its certificate file in AWS_CA_BUNDLE.",
        )
    if isinstance(error, sdk.ProxyConnectionError):
        return UserError(f"The proxy did not answer: {said(error)}", "Check HTTPS_PROXY and NO_PROXY.")
    if isinstance(error, sdk.ConnectionError | sdk.HTTPClientError):
        if endpoint:
            return UserError(f"Nothing answers at the endpoint {endpoint}.", "Start the emulator or correct the URL.")
        if region and region not in _regions():
            return UserError(f"There is no AWS region '{said(region)}' that we know of.", "Name one such as eu-west-1.")
        return UserError(
            f"AWS could not be reached ({_where(endpoint, region)}): {type(error).__name__}.",
            "Check the network, a VPN and HTTPS_PROXY, then try again.",
        )
    if isinstance(error, ResponseParserError):
        return UserError(
            f"What answers at {_where(endpoint, region)} is not AWS.", "Check the endpoint URL and the proxy."
        )
    return UserError(f"Signing in as {identity.label()} failed: {type(error).__name__}: {said(error)}")


def unknown_profile(profile: str) -> UserError:
    """No such profile, and which files were read."""
    return UserError(
        f"There is no AWS profile '{said(profile)}' in {config_files()}.",
        "Choose another one, or add it with: aws configure --profile NAME",
    )


def sso_login(profile: str) -> str:
    """The next step for a profile whose SSO session is over."""
    return f"Run: aws sso login --profile {_quoted(profile)}"


def config_files() -> str:
    """The two files the SDK reads profiles from, as they stand in the user's environment."""
    session = botocore.session.Session(profile=None)
    return f"{session.get_config_variable('config_file')} and {session.get_config_variable('credentials_file')}"


def _sign_in_again(profile: str) -> str:
    return f"{sso_login(profile)} (or put new keys into the profile)."


def _quoted(profile: str) -> str:
    return profile if re.fullmatch(r"[\w.@/+-]+", profile) else "'" + profile.replace("'", "'\\''") + "'"


def _where(endpoint: str, region: str) -> str:
    return endpoint or f"region {region or 'unset'}"


def _sentence(label: str) -> str:
    return label[0].upper() + label[1:]


def _regions() -> set[str]:
    session: Any = botocore.session.Session()
    return {r for p in session.get_available_partitions() for r in session.get_available_regions("ec2", p, True)}
