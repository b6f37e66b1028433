/* SPDX-License-Identifier: MIT */
/* How an operation ended: outcomes, and the words for what was to be done. */
#include "langsmith/result.h"

const char *
outcome_name(enum outcome outcome)
{
#define X(outcome, name) name "\0"
	return span_nth(OUTCOMES(X), outcome);
#undef X
}

const struct verb_words verb_words[] = {
	[VERB_DELETE] = { "delete", "deleted", "deletion", "gone",
	                  OUTCOME_DELETED, OUTCOME_DELETED_UNREAD,
	                  OUTCOME_DELETED_UNVERIFIED },
	[VERB_REVOKE] = { "revoke", "revoked", "revocation", "revoked",
	                  OUTCOME_REVOKED, OUTCOME_REVOKED, OUTCOME_REVOKED },
};

void
result_set(struct result *r, enum outcome outcome, enum exit_status status,
           const struct err *e)
{
	r->outcome = outcome;
	r->status = status;
	r->err = e != NULL ? *e : (struct err){ 0 };
}

static enum outcome
outcome_of(enum verb verb, enum exit_status status)
{
	switch (status) {
	case EXIT_DONE:
		return verb_words[verb].done;
	case EXIT_USAGE:
		return OUTCOME_INVALID;
	case EXIT_FORBIDDEN:
		return OUTCOME_FORBIDDEN;
	case EXIT_MISSING:
		return OUTCOME_MISSING;
	case EXIT_UNREACHED:
		return OUTCOME_UNREACHABLE;
	case EXIT_UNKNOWN:
		return OUTCOME_UNKNOWN;
	case EXIT_RATE_LIMITED:
		return OUTCOME_RATE_LIMITED;
	case EXIT_UNREAD:
		return verb_words[verb].unread;
	case EXIT_UNVERIFIED:
		return verb_words[verb].unverified;
	default:
		return OUTCOME_REFUSED;
	}
}

void
result_end(struct result *r, enum verb verb, enum exit_status status,
           const struct err *e)
{
	bool stopped =
		e != NULL && e->code == ERR_SIGNAL && status != EXIT_UNKNOWN;

	result_set(r, stopped ? OUTCOME_NOT_TRIED : outcome_of(verb, status),
	           status, e);
}
