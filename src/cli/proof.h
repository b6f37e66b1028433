/* SPDX-License-Identifier: MIT */
/* What the lists, and a secret that is refused, prove of deletions. */
#ifndef CLI_PROOF_H
#define CLI_PROOF_H

#include "cli/block.h"

/* What is still to be proven of a token. */
struct proof {
	struct api_result result; /* its body is in the block's memory */
	bool listed; /* a list that would show it shows that it is done */
	bool refused; /* its secret does not authenticate any more */
	bool seen, revoked; /* in the list that was read last */
	enum api_outcome noted; /* as it was put aside */
};

/* How the deletions of a block are proven. The caller owns it. */
struct prover {
	struct api *api;
	struct block *block;
	bool revokes; /* tokens are revoked, not deleted */
	bool verify; /* what the server has confirmed, too */
	bool hopeless; /* no list will be shown any more */
};

/* Memory of the block that a proof, or an explanation, may take. */
#define PROOF_ROOM (BODY_MAX + 2 * sizeof(struct proof))

/*
 * Puts the result aside, if there is anything to prove: r becomes p->proof, to
 * be told after proof_settle. False where it can be told at once.
 */
bool proof_put_aside(struct prover *v, struct pick *p,
                     const struct api_result *r);

/*
 * Reads the lists once more, and with v->verify again until all is proven or
 * the time is up. Then what was put aside is final, and stays in p->proof:
 * a lost answer is 0 or 1 where a list settles it; what was to be verified and
 * was not is 10. Call api_read_again on each before it is told.
 */
void proof_settle(struct prover *v);

/*
 * After a 404: where the members' list shows the token, and the caller's own
 * does not, it is somebody else's: ERR_NOT_YOURS in r->err, status 4. The lists
 * are read for it once a block, and not for long.
 */
void proof_explain_missing(struct prover *v, struct pick *p,
                           struct api_result *r);

#endif
