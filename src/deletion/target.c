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
	err_set(&r->err, code, detail);
}

bool target_is_identified(const struct target *t)
{
	return t->form == TARGET_ID || states[t->state].identified;
}

static void read_key(struct target *t, struct span text, bool secrets)
{
	enum key_form form = key_form(text);

	if (form == KEY_SHORT && text.len <= KEY_TEXT_MAX)
		t->form = TARGET_SHORT_KEY;
	else if (form == KEY_SECRET && secrets)
		t->form = TARGET_SECRET;
	else if (form == KEY_TOO_SHORT)
		t->invalid = ERR_TOKEN_SHORT;
	else if (!key_is_secret(text))
		t->invalid = ERR_TOKEN_FORM;
	else
		t->invalid = secrets ? ERR_TOKEN_PART : ERR_TOKEN_SECRET;
	target_become(t, t->form == TARGET_NO_FORM ? TARGET_INVALID
	                                           : TARGET_SOUGHT);
	if (t->form != TARGET_NO_FORM)
		t->text = text;
	t->service = key_is_of_service(text, t->service);
}

void target_read(struct target *t, struct span text, bool secrets)
{
	if (text.at == NULL) {
		target_become(t, TARGET_INVALID);
		t->invalid = ERR_TOKEN_LONG;
	} else if (uuid_parse(text, &t->id)) {
		target_become(t, TARGET_READY);
		t->form = TARGET_ID;
	} else {
		read_key(t, text, secrets);
	}
}

void target_read_record(struct target *t, struct span text, jsmntok_t *tokens)
{
	BUF_ON_STACK(key, SHORT_KEY_MAX);
	struct json record;

	if (json_parse(&record, text, tokens, JSON_TOKENS_MAX) != JSON_DONE ||
	    !token_id(&record, &t->id)) {
		target_become(t, TARGET_INVALID);
		t->invalid = ERR_TOKEN_RECORD;
		return;
	}
	target_become(t, TARGET_READY);
	t->form = TARGET_ID;
	token_put_member(&key, &record, "short_key");
	t->service = key_is_of_service(buf_written(&key), t->service);
}

void target_refuse(struct target *t, enum err_code why)
{
	target_become(t, TARGET_INVALID);
	t->invalid = why;
	t->form = TARGET_NO_FORM;
	t->text = SPAN("");
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
