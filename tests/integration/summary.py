# SPDX-License-Identifier: MIT
# The line at the end of a batch.

# in the order of OUTCOMES in src/langsmith/result.h
ORDER = ["deleted", "revoked", "would-delete", "missing", "forbidden",
         "refused", "rate-limited", "unreachable", "unknown",
         "deleted-unread", "deleted-unverified", "invalid", "ambiguous",
         "not-tried"]


def summary(outcomes):
    """What it says of so many TOKENs; of one there is none."""
    outcomes = list(outcomes)
    if len(outcomes) < 2:
        return ""
    counts = [f"{outcomes.count(one)} {one}" for one in ORDER
              if one in outcomes]
    return f"patrm: {len(outcomes)} tokens: {', '.join(counts)}\n"
