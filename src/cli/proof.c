/* SPDX-License-Identifier: MIT */
/* What the lists, and a secret that is refused, prove of deletions. */
#include "cli/proof.h"

#include <string.h>

#include "langsmith/key.h"

#define PAUSE_FIRST 500 /* milliseconds before a list is read again; doubles */
#define PAUSE_MOST 4000
#define EXPLAIN_TIME 5000 /* milliseconds; a 404 is an answer without it */

/* --- Putting aside --- */

/* The next operation will overwrite the body: copies it. */
static bool
keep_body(struct block *b, struct api_result *r)
{
	uint8_t *copy;

	if (!r->has_record && r->body.len > ANSWER_KEPT_MAX)
		r->body.len = ANSWER_KEPT_MAX;
	if (r->body.len == 0)
		return true;
	copy = block_take(b, r->body.len);
	if (copy == NULL)
		return false;
	memcpy(copy, r->body.at, r->body.len);
	r->body.at = copy;
	return true;
}

static bool
is_confirmed(const struct api_result *r)
{
	return r->outcome == API_DELETED || r->outcome == API_DELETED_UNREAD ||
	       r->outcome == API_REVOKED;
}

/* What was deleted may be what authenticates, though no list has said so. */
static void
look_for_self(struct block *b, const struct pick *p, const struct api_result *r)
{
	uint8_t text[256];
	struct buf key = BUF_OVER(text);

	if (!r->has_record || b->self_count > 0)
		return;
	token_put_member(&key, &r->doc, "short_key");
	if (!key.failed &&
	    key_confirms(buf_written(&key), b->secret) >= KEY_SURE)
		b->self[b->self_count++] = p->id;
}

bool
proof_put_aside(struct prover *v, struct pick *p, const struct api_result *r)
{
	struct block *b = v->block;
	struct proof *f;

	if (r->outcome != API_UNKNOWN && !(v->verify && is_confirmed(r)))
		return false;
	if (b->secret.len > 0)
		look_for_self(b, p, r);
	f = block_take(b, sizeof(*f));
	if (f == NULL)
		return false;
	memset(f, 0, sizeof(*f));
	f->result = *r;
	f->noted = r->outcome;
	if (!keep_body(b, &f->result))
		return false;
	p->proof = f;
	return true;
}

/* --- Lists --- */

struct look {
	struct list_reader reader; /* the first: it is given just this */
	struct block *block;
};

static void
begin(struct list_reader *reader)
{
	struct block *b = ((struct look *)reader)->block;

	for (size_t i = 0; i < b->count; i++)
		if (b->pick[i].proof != NULL)
			b->pick[i].proof->seen = b->pick[i].proof->revoked =
				false;
}

static void
see(struct list_reader *reader, const struct json *record,
    const struct uuid *id)
{
	struct block *b = ((struct look *)reader)->block;
	size_t revoked_at;

	for (size_t i = 0; i < b->count; i++) {
		struct proof *f = b->pick[i].proof;

		if (f == NULL || !uuid_equal(&b->pick[i].id, id))
			continue;
		revoked_at = json_member(record, 0, "revoked_at");
		f->seen = true;
		f->revoked = revoked_at != JSON_NONE &&
		             !json_is_null(record, revoked_at);
	}
}

static void
read_list(struct prover *v, enum list_whose whose, struct deadline d,
          struct api_result *r)
{
	struct look l = { { .begin = begin, .see = see }, v->block };

	list_read(v->api, whose, &l.reader, d, r);
	if (whose == LIST_MEMBERS)
		v->block->members_hidden = list_is_hidden(r);
}

/* --- What they prove --- */

static void
become_done(const struct prover *v, struct api_result *r)
{
	r->outcome = v->revokes ? API_REVOKED : API_DELETED;
	r->status = 0;
	r->err = (struct err){ 0 };
	r->has_record = false;
	r->body = (struct span){ NULL, 0 };
}

static void
become_refused(struct api_result *r)
{
	uint8_t text[ERR_DETAIL_MAX + 200];
	struct buf detail = BUF_OVER(text);

	err_put_what(&detail, &r->err);
	r->err = (struct err){ 0 };
	err_set(&r->err, ERR_STILL_THERE, buf_written(&detail));
	r->outcome = API_REFUSED;
	r->status = 1;
}

/*
 * By a list that was read to its end. Only where it covers the token, that is
 * would show it if it were there, does it prove anything not to be in it.
 */
static void
judge(const struct prover *v, struct proof *f, bool covers)
{
	bool done = v->revokes ? f->revoked : !f->seen && covers;

	f->listed = f->listed || done;
	if (f->result.outcome != API_UNKNOWN)
		return;
	if (done)
		become_done(v, &f->result);
	else if (f->seen && !f->result.under_way)
		become_refused(&f->result);
}

/* Whether it is known to be the very token that authenticates. */
static bool
is_self(const struct prover *v, const struct pick *p)
{
	return v->block->self_count == 1 && block_is_self(v->block, &p->id);
}

/* Who asks for the list has been deleted: it is refused, which is proof. */
static bool
needs_list(const struct prover *v, const struct pick *p)
{
	return p->proof != NULL && !p->proof->listed &&
	       (p->proof->result.outcome == API_UNKNOWN ||
	        (is_confirmed(&p->proof->result) && !is_self(v, p)));
}

/*
 * What a caller has deleted who may not see the members' tokens was the
 * caller's own. That does not hold for what was never confirmed.
 */
static bool
is_covered_by_own(const struct prover *v, const struct pick *p)
{
	return p->own ||
	       (v->block->members_hidden && is_confirmed(&p->proof->result));
}

/* Judges by a list; false where it could not be read to its end. */
static bool
look_at(struct prover *v, enum list_whose whose, struct deadline d)
{
	struct block *b = v->block;
	struct api_result r;

	read_list(v, whose, d, &r);
	if (whose == LIST_OWN)
		v->hopeless = r.status == 3;
	if (r.status != 0)
		return false;
	for (size_t i = 0; i < b->count; i++)
		if (needs_list(v, &b->pick[i]))
			judge(v, b->pick[i].proof,
			      whose == LIST_MEMBERS ||
			              is_covered_by_own(v, &b->pick[i]));
	return true;
}

/* Both in one time; so the one comes first that is sure to settle something. */
static void
look_again(struct prover *v, struct deadline d)
{
	struct block *b = v->block;
	bool own = false, others = false;

	if (v->hopeless)
		return;
	for (size_t i = 0; i < b->count; i++)
		if (needs_list(v, &b->pick[i])) {
			own = own || b->pick[i].own;
			others = others || !b->pick[i].own;
		}
	if (others && !b->members_hidden && !own) {
		own = !look_at(v, LIST_MEMBERS, d);
		others = false;
	}
	if (own || (others && b->members_hidden))
		look_at(v, LIST_OWN, d);
	if (others && !b->members_hidden)
		look_at(v, LIST_MEMBERS, d);
}

/* --- Secrets --- */

/* The secret of the token, if it is at hand. */
static struct span
secret_of(const struct prover *v, const struct pick *p)
{
	if (p->secret.len > 0)
		return p->secret;
	return is_self(v, p) ? v->block->secret : SPAN("");
}

static void
try_secrets(struct prover *v, struct deadline d)
{
	for (size_t i = 0; i < v->block->count; i++) {
		const struct pick *p = &v->block->pick[i];
		struct proof *f = p->proof;

		if (f != NULL && is_confirmed(&f->result) && !f->refused &&
		    secret_of(v, p).len > 0)
			f->refused = api_try_key(v->api, secret_of(v, p), d) ==
			             API_KEY_REFUSED;
	}
}

/* --- Until it is proven --- */

/* Why it is not proven, or NULL. */
static const char *
missing_proof(const struct prover *v, const struct pick *p)
{
	const struct proof *f = p->proof;

	if (!is_confirmed(&f->result))
		return NULL;
	if (needs_list(v, p) && f->seen)
		return v->revokes ? "the list does not show it as revoked"
		                  : "the list still shows it";
	if (needs_list(v, p))
		return "no list that would show it could be read";
	if (secret_of(v, p).len > 0 && !f->refused)
		return "its secret was not refused";
	return NULL;
}

static bool
is_open(const struct prover *v)
{
	for (size_t i = 0; i < v->block->count; i++) {
		const struct pick *p = &v->block->pick[i];

		if (p->proof != NULL && missing_proof(v, p) != NULL &&
		    !(v->hopeless && needs_list(v, p)))
			return true;
	}
	return false;
}

static void
become_unverified(const struct prover *v, struct api_result *r, const char *why)
{
	r->outcome = v->revokes ? API_REVOKED : API_DELETED_UNVERIFIED;
	r->status = 10;
	r->err = (struct err){ 0 };
	err_set(&r->err, ERR_UNVERIFIED, span_of(why));
}

static bool
has_any(const struct block *b)
{
	for (size_t i = 0; i < b->count; i++)
		if (b->pick[i].proof != NULL)
			return true;
	return false;
}

void
proof_settle(struct prover *v)
{
	struct deadline d = deadline_in(v->api->timeout);
	int64_t pause = PAUSE_FIRST;
	struct err stopped = { 0 };

	v->hopeless = wait_signal() != 0;
	if (!has_any(v->block))
		return;
	for (;;) {
		look_again(v, d);
		if (!v->verify)
			return;
		try_secrets(v, d);
		if (!is_open(v) || pause >= deadline_left(d) ||
		    !wait_pause(pause, &stopped))
			break;
		pause = pause * 2 < PAUSE_MOST ? pause * 2 : PAUSE_MOST;
	}
	for (size_t i = 0; i < v->block->count; i++) {
		struct pick *p = &v->block->pick[i];
		const char *why = p->proof != NULL ? missing_proof(v, p) : NULL;

		if (why != NULL)
			become_unverified(v, &p->proof->result, why);
	}
}

/* --- 404 --- */

static void
see_owner(struct list_reader *reader, const struct json *record,
          const struct uuid *id)
{
	struct block *b = ((struct look *)reader)->block;

	for (size_t i = 0; i < b->count; i++) {
		struct pick *p = &b->pick[i];
		struct buf owner = BUF_OVER(p->owner);

		if (!p->has_id || p->own || !uuid_equal(&p->id, id))
			continue;
		p->elsewhere = true;
		token_put_member(&owner, record, "created_by");
		p->owner_len = owner.failed ? 0 : owner.len;
	}
}

static void
see_own(struct list_reader *reader, const struct json *record,
        const struct uuid *id)
{
	struct block *b = ((struct look *)reader)->block;

	(void)record;
	for (size_t i = 0; i < b->count; i++)
		if (b->pick[i].has_id && uuid_equal(&b->pick[i].id, id))
			b->pick[i].own = true;
}

/* What all members' list shows and the caller's own does not is others'. */
static void
read_owners(struct prover *v)
{
	struct look members = { { .see = see_owner }, v->block };
	struct look own = { { .see = see_own }, v->block };
	int64_t time =
		v->api->timeout < EXPLAIN_TIME ? v->api->timeout : EXPLAIN_TIME;
	struct deadline d = deadline_in(time);
	struct block *b = v->block;
	bool any = false;
	struct api_result r;

	list_read(v->api, LIST_MEMBERS, &members.reader, d, &r);
	b->owners_read = true;
	b->members_hidden = list_is_hidden(&r);
	for (size_t i = 0; i < b->count; i++)
		any = any || b->pick[i].elsewhere;
	if (any)
		list_read(v->api, LIST_OWN, &own.reader, d, &r);
	for (size_t i = 0; i < b->count; i++)
		b->pick[i].elsewhere = b->pick[i].elsewhere && r.status == 0 &&
		                       !b->pick[i].own;
}

void
proof_explain_missing(struct prover *v, struct pick *p, struct api_result *r)
{
	struct block *b = v->block;

	if (!b->members_hidden && !b->owners_read && keep_body(b, r)) {
		read_owners(v);
		api_read_again(v->api, r);
	}
	if (!p->elsewhere)
		return;
	r->outcome = API_MISSING;
	r->status = 4;
	r->err = (struct err){ 0 };
	err_set(&r->err, ERR_NOT_YOURS,
	        p->owner_len > 0 ? (struct span){ p->owner, p->owner_len }
	                         : SPAN("HTTP status 404"));
}
