/* SPDX-License-Identifier: MIT */
/* The lists of tokens, one token at a time, however long they are. */
#include "langsmith/list.h"

#include <string.h>

#include "base/fmt.h"

/* A list that is being read; its element at hand is in api->body. */
struct list {
	struct attempt t; /* the first: x.take is given just this */
	struct list_reader *reader;
	struct json_array array;
	bool seen; /* the reader was given something */
	unsigned long skipped; /* elements that are no token, or too large */
	struct err skip; /* what was wrong with the first of them */
};

static bool
is_list(const struct http_response *response)
{
	return response->status == 200 && response->json && !response->encoded;
}

/* --- Elements --- */

static void
skip_element(struct list *l, const char *why)
{
	uint8_t text[80];
	struct buf detail = BUF_OVER(text);

	l->skipped++;
	buf_text(&detail, "number ");
	fmt_uint(&detail, l->array.count);
	buf_text(&detail, why);
	err_set(&l->skip, ERR_LIST_ELEMENT, buf_written(&detail));
}

static void
see_element(struct list *l)
{
	struct api *a = l->t.api;
	struct uuid id;
	struct json doc;

	if (l->array.element.failed ||
	    json_parse(&doc, buf_written(&l->array.element), a->tokens,
	               JSON_TOKENS_MAX) == JSON_LONG) {
		skip_element(l, " is too large");
	} else if (!token_id(&doc, &id)) {
		skip_element(l, " is no token");
	} else {
		l->seen = true;
		l->reader->see(l->reader, &doc, &id);
	}
}

static bool
take(struct exchange *x, struct span content, struct err *e)
{
	struct list *l = (struct list *)x;

	if (!is_list(&x->response))
		return attempt_take(x, content, e);
	while (content.len > 0) {
		switch (json_array_feed(&l->array, &content)) {
		case JSON_CUT_ELEMENT:
			see_element(l);
			break;
		case JSON_CUT_BAD:
			return err_set(e, ERR_LIST_FORM,
			               SPAN("HTTP status 200"));
		default:
			break;
		}
	}
	return true;
}

/* --- The list --- */

static void
begin(struct list *l)
{
	l->array = (struct json_array){ .element = BUF_OVER(l->t.api->body) };
	l->skipped = 0;
	l->skip = (struct err){ 0 };
	l->seen = false;
	if (l->reader->begin != NULL)
		l->reader->begin(l->reader);
}

static void
judge_list(struct list *l)
{
	struct attempt *t = &l->t;

	/* The body is what the element at hand was kept in. */
	t->doc = (struct json){ .count = 0 };
	t->body.len = 0;
	if (t->err.code == ERR_LIST_FORM)
		return;
	if (!t->x.whole) {
		uint8_t text[ERR_DETAIL_MAX + 200];
		struct buf detail = BUF_OVER(text);

		t->may_pass = attempt_err_may_pass(t->err.code);
		if (t->err.code == ERR_SIGNAL)
			return;
		err_put_what(&detail, &t->err);
		t->err = (struct err){ 0 };
		err_set(&t->err, ERR_LIST_TORN, buf_written(&detail));
	} else if (!json_array_ended(&l->array)) {
		attempt_set_status(t, ERR_LIST_FORM);
	} else if (l->skipped > 0) {
		t->err = l->skip;
	}
}

static void
judge(struct list *l)
{
	struct attempt *t = &l->t;
	unsigned status = t->x.response.status;

	if (!t->x.answered)
		return;
	if (is_list(&t->x.response))
		judge_list(l);
	else if (status < 300)
		attempt_set_status(t, ERR_LIST_FORM);
	else if (status == 404 || status == 405)
		attempt_set_status(t, ERR_NO_LIST);
	else
		attempt_set_status(t, attempt_status_err(status));
}

/* 6 is for deletions; and where a request has left, somebody was reached. */
static int
status_of(const struct attempt *t)
{
	int status = err_status(t->err.code);

	return status == 6 || (status == 5 && t->x.sent &&
	                       t->err.code != ERR_SIGNAL)
	               ? 1
	               : status;
}

static void
conclude(const struct list *l, struct api_result *r)
{
	const struct attempt *t = &l->t;

	memset(r, 0, sizeof(*r));
	r->status = status_of(t);
	r->outcome = t->err.code == ERR_NONE ? API_DELETED
	             : r->status == 1        ? API_REFUSED
	                                     : api_outcome_of(&t->err);
	r->http = t->x.answered ? t->x.response.status : 0;
	r->attempts = t->count;
	r->err = t->err;
	if (t->x.answered && !is_list(&t->x.response) &&
	    !t->x.response.encoded) {
		r->body = buf_written(&t->body);
		r->doc = t->doc;
		if (t->json != JSON_DONE)
			r->doc.count = 0;
	}
}

bool
list_is_hidden(const struct api_result *r)
{
	return r->http == 403 || r->err.code == ERR_NO_LIST;
}

void
list_read(struct api *a, enum list_whose whose, struct list_reader *who,
          struct deadline d, struct api_result *r)
{
	const struct operation get = { .method = "GET",
		                       .before = whose == LIST_OWN
		                                         ? API_TOKENS
		                                         : API_MEMBERS_TOKENS,
		                       .behind = "" };
	struct list l = { .reader = who };

	attempt_begin(&l.t, a, &get, d);
	l.t.x.take = take;
	do {
		begin(&l);
		attempt_send(&l.t);
		judge(&l);
	} while (!(l.seen && who->once) && attempt_again(&l.t));
	conclude(&l, r);
}
