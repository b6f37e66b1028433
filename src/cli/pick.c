/* SPDX-License-Identifier: MIT */
/* TOKENs: their forms, and the tokens of a list that each stands for. */
#include "cli/pick.h"

#include "base/fmt.h"
#include "langsmith/key.h"

static void
be_bad(struct pick *p, enum err_code why)
{
	p->form = PICK_BAD;
	p->bad = why;
}

static void
read_key(struct pick *p, struct span text, bool secrets)
{
	enum key_form form = key_form(text);

	p->text = text;
	if (form == KEY_SHORT && text.len <= KEY_TEXT_MAX)
		p->form = PICK_SHORT_KEY;
	else if (form == KEY_SECRET && secrets)
		p->form = PICK_SECRET;
	else if (form == KEY_TOO_SHORT)
		be_bad(p, ERR_TOKEN_SHORT);
	else if (!key_is_secret(text))
		be_bad(p, ERR_TOKEN_FORM);
	else
		be_bad(p, secrets ? ERR_TOKEN_PART : ERR_TOKEN_SECRET);
	if (p->form == PICK_BAD)
		p->text = SPAN("");
}

void
pick_read(struct pick *p, struct span text, bool secrets)
{
	p->has_id = uuid_parse(text, &p->id);
	if (p->has_id)
		p->form = PICK_ID;
	else
		read_key(p, text, secrets);
}

bool
pick_matches(struct pick *p, const struct uuid *id, struct span short_key)
{
	size_t confirmed;

	if (p->form == PICK_ID)
		return uuid_equal(&p->id, id);
	if (p->form == PICK_BAD)
		return false;
	confirmed = key_confirms(short_key, p->text);
	if (confirmed > 0)
		p->confirmed = confirmed;
	return confirmed > 0;
}

bool
pick_is_weak(const struct pick *p)
{
	return (p->form == PICK_SHORT_KEY || p->form == PICK_SECRET) &&
	       p->confirmed < KEY_SURE && p->confirmed < key_shown(p->text);
}

void
pick_put_name(struct buf *out, const struct pick *p)
{
	static const char *const places[] = {
		[PICK_ARGUMENT] = "argument ", [PICK_LINE] = "line "
	};

	if (p->has_id) {
		uuid_put(out, &p->id);
	} else if (p->place == PICK_SELF) {
		buf_text(out, "--self");
	} else {
		buf_text(out, places[p->place]);
		fmt_uint(out, p->number);
	}
}
