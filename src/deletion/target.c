/* SPDX-License-Identifier: MIT */
/* A TOKEN: its form, the token that it stands for, and what became of it. */
#include "deletion/target.h"

#include "base/fmt.h"
#include "langsmith/key.h"
#include "langsmith/token.h"

static const struct {
	bool identified;
	enum outcome outcome;
	enum err_code error;
} states[] = {
#define X(state, identified, outcome, error) \
	[state] = { identified, outcome, error },
	TARGET_STATES(X)
#undef X
};

void target_become(struct target *t, enum target_state state)
{
	t->state = state;
}

bool target_has_ended(const struct target *t)
{
	return states[t->state].outcome != OUTCOME_NONE;
}

void target_put_end(const struct target *t, struct span detail,
                    struct result *r)
{
	enum err_code code = t->state == TARGET_INVALID
	                             ? t->invalid
	                             : states[t->state].error;

	result_set(r, states[t->state].outcome, err_status(code), NULL);
	err_set_span(&r->err, code, detail);
}

bool target_is_identified(const struct target *t)
{
	return t->form == TARGET_ID || states[t->state].identified;
}

void target_refuse(struct target *t, enum err_code why)
{
	target_become(t, TARGET_INVALID);
	t->invalid = why;
	t->form = TARGET_NO_FORM;
	t->text = SPAN("");
}

static void read_key(struct target *t, struct span text, bool secrets)
{
	enum key_form form = key_form(text);

	t->service = key_is_of_service(text, t->service);
	t->text = text;
	t->form = form == KEY_SECRET ? TARGET_SECRET : TARGET_SHORT_KEY;
	target_become(t, TARGET_SOUGHT);
	if (form == KEY_TOO_SHORT)
		target_refuse(t, ERR_TOKEN_SHORT);
	else if (key_is_secret(text) && (form != KEY_SECRET || !secrets))
		target_refuse(t, secrets ? ERR_TOKEN_PART : ERR_TOKEN_SECRET);
	else if (form == KEY_NONE || text.len > KEY_TEXT_MAX)
		target_refuse(t, ERR_TOKEN_FORM);
}

static void take_id(struct target *t)
{
	target_become(t, TARGET_READY);
	t->form = TARGET_ID;
}

void target_read(struct target *t, struct span text, bool secrets)
{
	if (text.at == NULL)
		target_refuse(t, ERR_TOKEN_LONG);
	else if (uuid_parse(text, &t->id))
		take_id(t);
	else
		read_key(t, text, secrets);
}

void target_read_record(struct target *t, struct span text, jsmntok_t *tokens)
{
	BUF_ON_STACK(key, SHORT_KEY_MAX);
	struct json record;

	if (json_parse(&record, text, tokens, JSON_TOKENS_MAX) != JSON_DONE ||
	    !token_id(&record, &t->id)) {
		target_refuse(t, ERR_TOKEN_RECORD);
		return;
	}
	take_id(t);
	token_put_member(&key, &record, "short_key");
	t->service = key_is_of_service(buf_written(&key), t->service);
}

bool target_matches(const struct target *t, const struct uuid *id,
                    struct span short_key)
{
	if (t->form == TARGET_ID)
		return uuid_equal(&t->id, id);
	return t->form != TARGET_NO_FORM &&
	       key_confirms(short_key, t->text) > 0;
}

bool target_is_weak(const struct target *t)
{
	return (t->form == TARGET_SHORT_KEY || t->form == TARGET_SECRET) &&
	       !t->sure && t->confirmed < KEY_SURE &&
	       t->confirmed < key_shown(t->text);
}

void target_put_name(struct buf *out, const struct target *t)
{
	if (target_is_identified(t)) {
		uuid_put(out, &t->id);
	} else if (t->source == TARGET_SELF) {
		buf_text(out, "--self");
	} else {
		buf_text(out, t->source == TARGET_LINE ? "line " : "argument ");
		fmt_uint(out, t->number);
	}
}

struct span target_short_key(const struct target *t)
{
	return (struct span){ t->short_key,
		              target_is_identified(t) ? t->short_key_len : 0 };
}
