/* SPDX-License-Identifier: MIT */
/* How an operation ended: outcomes, and the words for what was to be done. */
#include "langsmith/result.h"

const char *outcome_name(enum outcome outcome)
{
#define X(outcome, name) name "\0"
	return span_nth(OUTCOMES(X), outcome);
#undef X
}

const struct verb_words verb_words[] = {
	[VERB_DELETE] = { "delete", "deleted", "deletion", "gone",
	                  OUTCOME_DELETED },
	[VERB_REVOKE] = { "revoke", "revoked", "revocation", "revoked",
	                  OUTCOME_REVOKED },
};

void result_set(struct result *r, enum outcome outcome, enum exit_status status,
                const struct err *e)
{
	r->outcome = outcome;
	r->status = status;
	r->err = e != NULL ? *e : (struct err){ 0 };
}

/* What a status means for each verb. */
static const uint8_t outcomes[][VERB_REVOKE + 1] = {
	[EXIT_DONE] = { OUTCOME_DELETED, OUTCOME_REVOKED },
	[EXIT_REFUSED] = { OUTCOME_REFUSED, OUTCOME_REFUSED },
	[EXIT_USAGE] = { OUTCOME_INVALID, OUTCOME_INVALID },
	[EXIT_FORBIDDEN] = { OUTCOME_FORBIDDEN, OUTCOME_FORBIDDEN },
	[EXIT_MISSING] = { OUTCOME_MISSING, OUTCOME_MISSING },
	[EXIT_UNREACHED] = { OUTCOME_UNREACHABLE, OUTCOME_UNREACHABLE },
	[EXIT_UNKNOWN] = { OUTCOME_UNKNOWN, OUTCOME_UNKNOWN },
	[EXIT_RATE_LIMITED] = { OUTCOME_RATE_LIMITED, OUTCOME_RATE_LIMITED },
	[EXIT_UNREAD] = { OUTCOME_DELETED_UNREAD, OUTCOME_REVOKED },
	[EXIT_UNVERIFIED] = { OUTCOME_DELETED_UNVERIFIED, OUTCOME_REVOKED },
};

void result_end(struct result *r, enum verb verb, enum exit_status status,
                const struct err *e)
{
	bool stopped =
		e != NULL && e->code == ERR_SIGNAL && status != EXIT_UNKNOWN;

	result_set(r, stopped ? OUTCOME_NOT_TRIED : outcomes[status][verb],
	           status, e);
}

void result_end_unwritten(struct result *r, enum verb verb, const struct err *e)
{
	if (r->outcome == verb_words[verb].done) {
		result_end(r, verb, EXIT_UNREAD, e);
		return;
	}
	result_set(r, r->outcome,
	           r->outcome == OUTCOME_MISSING && r->attempts > 0
	                   ? EXIT_UNREAD
	                   : EXIT_REFUSED,
	           e);
	r->body = SPAN(""); /* what the server said of a 404 is no reason */
}
