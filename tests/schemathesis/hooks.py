"""What schemathesis has to know of the Admin API besides its document."""

import os

import requests
import schemathesis
from schemathesis.specs.openapi import checks

# By the API's contract, a request without the header is a bad one; it is refused all the same.
checks.AUTH_REJECTION_STATUSES = frozenset({*checks.AUTH_REJECTION_STATUSES, 400})

BASE = os.environ["MUNIMENT_BASE"]
CLIENT = (os.environ["MUNIMENT_CLIENT_ID"], os.environ["MUNIMENT_CLIENT_SECRET"])


class Token:
    """A token of a client that may administrate; a new one when the run has ended its session."""

    held = None

    def get(self, case, context):
        if Token.held is None:
            answer = requests.post(
                f"{BASE}/oauth2/token",
                auth=CLIENT,
                data={"grant_type": "client_credentials", "scope": "urn:mas:admin"},
                timeout=10,
            )
            if not answer.ok:
                raise RuntimeError(f"no token: {answer.status_code} {answer.text}")
            Token.held = answer.json()["access_token"]
        return Token.held

    def set(self, case, data, context):
        case.headers["Authorization"] = f"Bearer {data}"


schemathesis.auth(refresh_interval=None)(Token)


@schemathesis.hook
def after_call(context, case, response):
    """Undoes what would keep the run itself out."""
    if operation_id(case) == "finishOAuth2Session":
        Token.held = None
    elif operation_id(case) == "setPolicyData" and response.status_code == 201:
        requests.post(
            f"{BASE}/api/admin/v1/policy-data",
            headers={"Authorization": f"Bearer {Token.held}"},
            json={"data": {}},
            timeout=10,
        ).raise_for_status()


def operation_id(case):
    return case.operation.definition.raw.get("operationId")


REGISTRATION_TOKENS = ["addUserRegistrationToken", "updateUserRegistrationToken"]


def has_empty_parameter(case, response):
    return "" in (case.query or {}).values()


def says(text):
    return lambda case, response: text in response.text


# What the API's contract demands although a check refuses it, and the document cannot say: the check's
# failure, the operations (None for all), the status of the answer, and what tells the case.
DEMANDED = [
    # Empty parameters count as absent.
    ("AcceptedNegativeData", None, 200, has_empty_parameter),
    # A page is counted from one end.
    ("RejectedPositiveData", None, 400, says("Cannot specify both `page[first]` and `page[last]`")),
    # Scopes have characters of their own.
    ("RejectedPositiveData", None, 400, says("Invalid scope")),
    ("RejectedPositiveData", None, 400, says("filter[scope]: invalid character")),
    # The rules on names, addresses and passwords are the server's own.
    ("RejectedPositiveData", ["createUser"], 400, says("Username is not valid")),
    ("RejectedPositiveData", ["addUserEmail"], 400, says("is not valid")),
    ("RejectedPositiveData", ["addUserRegistrationToken"], 400, says("is not valid")),
    # One person registers once.
    ("RejectedPositiveData", ["addUserRegistrationToken"], 400, says("is used once")),
    ("RejectedPositiveData", ["setUserPassword"], 400, says("Password is too weak")),
    # Any JSON, as far as the policy can be made of it.
    ("RejectedPositiveData", ["setPolicyData"], 400, says("Failed to instanciate policy")),
    # Nobody acts as somebody who is gone.
    ("RejectedPositiveData", ["createPersonalSession"], 410, says("User is not active")),
    # Whom it is about is said in one way, and how many they are where it is meant.
    ("RejectedPositiveData", ["bulkUsers"], 400, says("Expected exactly one of")),
    ("RejectedPositiveData", ["bulkUsers"], 400, says("`expected_count` is required")),
    # What is misspelt is not taken for left out.
    ("RejectedPositiveData", ["bulkUsers"], 422, says("unknown field")),
    # What has happened already is a bad request, not a conflict.
    ("RejectedPositiveData", None, 400, says("is already finished")),
    ("RejectedPositiveData", None, 400, says("is already revoked")),
    ("RejectedPositiveData", None, 400, says("is not revoked")),
    ("RejectedPositiveData", None, 400, says("who is not known any more")),
    ("RejectedPositiveData", ["regeneratePersonalSession"], 422, says("Session not valid")),
    # One of the databases cannot keep it.
    ("RejectedPositiveData", None, 422, says("a NUL character")),
    ("RejectedPositiveData", None, 400, says("a NUL character")),
    # How large a whole number may be is said by its format, which the check does not know; and it is
    # written without decimals.
    ("RejectedPositiveData", None, 400, says("number too large to fit in target type")),
    ("RejectedPositiveData", None, 422, says("expected u32")),
    ("RejectedPositiveData", None, 422, says("expected u64")),
    # It is not as the one who asks expected.
    ("RejectedPositiveData", None, 412, says("If-Match names")),
    # It was the name of another request.
    ("RejectedPositiveData", None, 422, says("Idempotency-Key")),
    # A moment is a position, a date or a time, of what there is; the document knows texts alone.
    ("RejectedPositiveData", None, 400, says("as-of: ")),
    ("RejectedPositiveData", None, 400, says("`as-of` needs a filter")),
    # Which parameters exclude each other, and where numbers begin.
    ("RejectedPositiveData", ["listEvents"], 400, says("Only one session can be given")),
    ("RejectedPositiveData", ["listEvents"], 400, says("A page has at most")),
    ("RejectedPositiveData", None, 400, says("invalid digit found in string")),
    ("RejectedPositiveData", None, 400, says("Positions begin at 1")),
    ("RejectedPositiveData", None, 400, says("`from` begins at 1")),
    ("RejectedPositiveData", ["listEvents"], 400, says("of the cursor not found")),
    # A time has to be one, which the check does not know of texts that may be null.
    ("RejectedPositiveData", REGISTRATION_TOKENS, 422, says("expires_at: ")),
]


@schemathesis.hook
def filter_failure(context, failure, case, response):
    for kind, operations, status, told in DEMANDED:
        if (
            type(failure).__name__ == kind
            and (operations is None or operation_id(case) in operations)
            and response.status_code == status
            and told(case, response)
        ):
            return False
    return True
