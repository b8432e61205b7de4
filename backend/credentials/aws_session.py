"""An AWS session that uses exactly the identity it was given, and clients made fit for a scan.

The SDK's own search for credentials is not used: an environment variable, a container's role or the instance metadata
of the machine we happen to run on must never scan in the name of an account the analyst did not choose. A profile is
read as the AWS command line reads it (AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE included): keys, SSO, assumed
role, web identity, `credential_process` (a command from the user's own configuration, run as it stands there). Only a
profile that itself says `credential_source` is served from instance, container or environment.

Retries are the SDK's `adaptive` mode: standard back-off, plus a client-side rate per service and region that falls
when AWS throttles and recovers after. The scan's own limit over all services lies above it, in `backend.inventory`.

For an emulator every service is asked at the one endpoint URL: S3 by path, and host prefixes that the SDK adds
(account id before the S3 Control host, which no resolver knows below 127.0.0.1) are taken off before signing.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import botocore.session
from botocore import credentials as sdk
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from backend.credentials.aws_errors import SDK_ERRORS, explain
from backend.credentials.aws_identity import AwsIdentity, AwsKeys
from backend.credentials.prompt import Prompt, PromptRefused, nobody
from backend.credentials.secret import Secret
from backend.errors import UserError
from backend.product import NAME, VERSION

CONNECTIONS = 32
ATTEMPTS = 6
SIGN_IN_ATTEMPTS = 3
_AMBIENT = {"env", "container-role", "iam-role", "ec2-credentials-file", "boto-config"}


class AwsSession:
    """Clients of one identity. Safe to share between threads: making a client is locked, using one needs no lock."""

    def __init__(self, identity: AwsIdentity, session: Any, connections: int) -> None:
        self.identity = identity
        self.region: str = identity.region or session.get_config_variable("region") or "us-east-1"
        self.endpoint_url = identity.endpoint_url
        self._session, self._connections = session, connections
        self._clients: dict[tuple[str, str, int], Any] = {}
        self._lock = threading.RLock()
        self._known: list[Secret] = []  # held, so that redaction knows what a profile gave us

    def client(self, service: str, region: str = "", *, attempts: int = ATTEMPTS) -> Any:
        """The botocore client of a service (botocore's name) in a region; made once. Raises botocore's errors.

        `attempts` is how often a call is tried at most, the first included.
        """
        key = (service, region or self.region, attempts)
        with self._lock:
            if key not in self._clients:
                self._clients[key] = self._create(service, region_name=key[1], attempts=attempts)
            return self._clients[key]

    def sign_in(self) -> None:
        """Obtain credentials now, before threads fan out: asks for MFA, assumes the role. `UserError` if refused."""
        try:
            found = self._session.get_credentials()
            if found is None:
                raise UserError(
                    f"There are no credentials in {self.identity.label()}.",
                    "Add keys, SSO or a role to it in ~/.aws/config, or choose another profile.",
                )
            frozen = found.get_frozen_credentials()
            self._known = [Secret(text) for text in (frozen.secret_key, frozen.token) if text]
        except (*SDK_ERRORS, ValueError, RuntimeError) as error:
            raise explain(error, self.identity, self.region) from error

    def known_regions(self, service: str = "ec2") -> list[str]:
        """Regions of our partition in which the SDK knows the service. Asks nobody."""
        with self._lock:
            partition = self._session.get_partition_for_region(self.region)
            return sorted(self._session.get_available_regions(service, partition_name=partition))

    def assume(self, identity: AwsIdentity, prompt: Prompt = nobody) -> AwsSession:
        """A session of `identity.role_arn`, assumed from this one (a member of an organization)."""
        fetcher = _role_fetcher(self._create, self._session.get_credentials, identity, prompt)
        session = _new_session(self.identity, prompt)
        _use(session, _deferred(fetcher))
        return AwsSession(replace(identity, region=self.region), session, self._connections)

    def forget(self, service: str) -> None:
        """Let go of a service's clients and of the SDK's model of it; asking for one again loads both anew."""
        with self._lock:
            for key in [key for key in self._clients if key[0] == service]:
                self._clients.pop(key).close()
            cache = self._session.get_component("data_loader")._cache  # the SDK keeps every model it ever loaded
            for key in [key for key in cache if service in key]:
                del cache[key]

    def close(self) -> None:
        """Close the connections of all clients."""
        with self._lock:
            for client in self._clients.values():
                client.close()
            self._clients.clear()

    def _create(self, service: str, **kwargs: Any) -> Any:
        with self._lock:
            return _create_client(self._session, self.identity, self.region, self._connections, service, **kwargs)


def open_session(
    identity: AwsIdentity, keys: Secret | None = None, prompt: Prompt = nobody, *, connections: int = CONNECTIONS
) -> AwsSession:
    """A session for `identity`, with nothing asked of AWS yet.

    `keys` is a stored `AwsKeys` secret, for identities without a profile. `connections` bounds each client's pool.
    Raises `UserError` for an unknown profile, a damaged configuration file, or a key pair that is missing.
    """
    identity.check()
    try:
        session = _new_session(identity, prompt)
        region = identity.region or session.get_config_variable("region") or "us-east-1"
        if not identity.profile:
            if keys is None:
                raise UserError("This account has neither a profile nor stored keys.", "Enter its keys again.")
            pair = AwsKeys.from_secret(keys)
            token = pair.session_token.reveal() if pair.session_token else None
            _use(session, sdk.Credentials(pair.access_key_id, pair.secret_access_key.reveal(), token, method="vault"))
        if identity.role_arn:
            source = session
            assumed = _new_session(identity, prompt)

            def create(service: str, **kwargs: Any) -> Any:
                return _create_client(source, identity, region, connections, service, **kwargs)

            _use(assumed, _deferred(_role_fetcher(create, source.get_credentials, identity, prompt)))
            session = assumed
        return AwsSession(identity, session, connections)
    except BotoCoreError as error:
        raise explain(error, identity, identity.region) from error


def _new_session(identity: AwsIdentity, prompt: Prompt) -> Any:
    """A botocore session that sees the identity's profile, or no configuration of this user at all."""
    if not identity.profile:
        # Without this, AWS_PROFILE of the shell would decide regions and endpoints, or fail when it names nothing.
        nothing: dict[str, Any] = {
            "profile": (None, [], None, None),
            "config_file": (None, [], os.devnull, None),
            "credentials_file": (None, [], os.devnull, None),
            "region": (None, [], None, None),
        }
        return botocore.session.Session(session_vars=nothing)
    session = botocore.session.Session(profile=identity.profile)
    session.get_scoped_config()  # raises ProfileNotFound now, not in the middle of a scan
    resolver = sdk.create_credential_resolver(session, region_name=identity.region or None)
    providers = [p for p in resolver.providers if p.METHOD not in _AMBIENT and p.METHOD != "assume-role"]
    resolver.providers = [_profile_role_provider(session, identity, prompt), *providers]
    session.register_component("credential_provider", resolver)
    return session


def _profile_role_provider(session: Any, identity: AwsIdentity, prompt: Prompt) -> Any:
    """The SDK's provider for profiles with `role_arn`, asking for MFA through `prompt` instead of the terminal."""

    def create(service: str, **kwargs: Any) -> Any:
        region = identity.region or session.get_config_variable("region") or "us-east-1"
        return _create_client(session, identity, region, 2, service, attempts=SIGN_IN_ATTEMPTS, **kwargs)

    chosen_by_profile = sdk.CanonicalNameCredentialSourcer(
        [
            sdk.EnvProvider(),
            sdk.ContainerProvider(),
            sdk.InstanceMetadataProvider(sdk.InstanceMetadataFetcher(timeout=2, num_attempts=1)),
        ]
    )
    return sdk.AssumeRoleProvider(
        load_config=lambda: session.full_config,
        client_creator=create,
        cache={},
        profile_name=identity.profile,
        prompter=_mfa_prompter(prompt),
        credential_sourcer=chosen_by_profile,
        profile_provider_builder=sdk.ProfileProviderBuilder(session),
    )


def _mfa_prompter(prompt: Prompt) -> Callable[[str], str]:
    """The SDK's kind of prompter. One refusal stands for the session: 32 threads must not ask 32 times."""
    refused: list[PromptRefused] = []

    def ask(text: str) -> str:
        if refused:
            raise refused[0]
        serial = text.removeprefix("Enter MFA code for ").rstrip(": ")
        try:
            return prompt("mfa", f"MFA code of {serial}", serial=serial).replace(" ", "")
        except PromptRefused as error:
            refused.append(error)
            raise

    return ask


def _role_fetcher(
    create: Callable[..., Any], source: Callable[[], Any], identity: AwsIdentity, prompt: Prompt
) -> Callable[[], Any]:
    wanted = {
        "ExternalId": identity.external_id,
        "SerialNumber": identity.mfa_serial,
        "RoleSessionName": identity.session_name,
        "DurationSeconds": identity.duration,
    }
    ask = _mfa_prompter(prompt)
    known: list[Secret] = []  # held, so that redaction knows what STS gave us

    def fetch() -> Any:
        # The source is loaded late: an SSO profile reads its token only when the role is first needed.
        base = source()
        if base is None:
            raise UserError(f"Profile '{identity.profile}' has no credentials to assume {identity.role_arn} with.")
        # Fewer attempts than a scan's calls: a person waits for signing in.
        fetcher = sdk.AssumeRoleCredentialFetcher(
            partial(create, attempts=SIGN_IN_ATTEMPTS),
            base,
            identity.role_arn,
            {k: v for k, v in wanted.items() if v},
            mfa_prompter=ask,
        )
        given = fetcher.fetch_credentials()
        known[:] = [Secret(given["secret_key"]), Secret(given["token"])]
        return given

    return fetch


def _deferred(fetch: Callable[[], Any]) -> Any:
    return sdk.DeferredRefreshableCredentials(refresh_using=fetch, method="assume-role")


class _Fixed(sdk.CredentialProvider):  # type: ignore[misc]
    """A credential provider that gives what it was given."""

    METHOD = "chosen"

    def __init__(self, found: Any) -> None:
        super().__init__()
        self._found = found

    def load(self) -> Any:
        return self._found


def _use(session: Any, found: Any) -> None:
    session.register_component("credential_provider", sdk.CredentialResolver([_Fixed(found)]))


def _create_client(
    session: Any,
    identity: AwsIdentity,
    region: str,
    connections: int,
    service: str,
    *,
    attempts: int = ATTEMPTS,
    **kwargs: Any,
) -> Any:
    kwargs = {"region_name": region, **kwargs}
    endpoint = identity.endpoint_url or None
    config = _config(identity, connections, attempts)
    client = session.create_client(service, endpoint_url=endpoint, config=config, **kwargs)
    if endpoint:
        client.meta.events.register("before-sign", _take_off_host_prefix(endpoint))
    return client


def _config(identity: AwsIdentity, connections: int, attempts: int) -> Any:
    emulator = bool(identity.endpoint_url)
    options: dict[str, Any] = {
        "retries": {"mode": "adaptive", "total_max_attempts": attempts},
        "max_pool_connections": connections,
        "connect_timeout": 10,
        "read_timeout": 60,
        "tcp_keepalive": True,
        "user_agent_extra": f"{NAME.lower()}/{VERSION}",
        "defaults_mode": "standard",  # 'auto' would ask the instance metadata service where we are
        # Endpoint variables of the shell are honoured for profiles, as the AWS command line does, and nowhere else.
        "ignore_configured_endpoint_urls": not identity.profile,
        "s3": {"addressing_style": "path"} if emulator else {},
    }
    if emulator:
        options["inject_host_prefix"] = False
    return Config(**options)


def _take_off_host_prefix(endpoint: str) -> Callable[..., None]:
    host = urlsplit(endpoint).netloc

    def hook(request: Any, **_: Any) -> None:
        parts = urlsplit(request.url)
        if parts.netloc != host and parts.netloc.endswith("." + host):
            request.url = urlunsplit(parts._replace(netloc=host))

    return hook
