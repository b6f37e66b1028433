/* SPDX-License-Identifier: MIT */
/* The lists of tokens, one token at a time, however long they are. */
#include "langsmith/list.h"

#include "base/fmt.h"

/* A list that is being read; its element at hand is in api->body. */
struct list {
	struct call call;
	const struct list_reader *reader;
	struct json_array array;
	bool seen; /* the reader was given something */
	struct err
		skipped; /* the first element that is no token, or too large */
};

static bool is_list(const struct http_response *response)
{
	return response->status == 200 && response->json && !response->encoded;
}

static void see_element(struct list *l)
{
	BUF_ON_STACK(key, 256); /* a short key that is longer is none */
	struct buf *element = &l->array.element;
	struct json doc;
	struct list_record record = { .json = &doc };
	const struct list_reader *reader = l->reader;
	bool wanted, large = element->failed ||
	                     json_parse(&doc, buf_written(element),
	                                l->call.api->tokens,
	                                JSON_TOKENS_MAX) == JSON_LONG;

	if (large || !token_id(&doc, &record.id)) {
		err_format(&l->skipped, ERR_LIST_ELEMENT, "number %lu is %s",
		           l->array.count, large ? "too large" : "no token");
		return;
	}
	l->seen = true;
	token_put_member(&key, &doc, "short_key");
	if (key.failed)
		key.len = 0;
	record.short_key = buf_written(&key);
	wanted = reader->on_record != NULL &&
	         (reader->filter == NULL || token_passes(&doc, reader->filter));
	/* Where it stands, and how much JSON it is, stays the same. */
	call_redact(&l->call, element->at, element->len);
	if (wanted)
		reader->on_record(reader->context, &record);
	buf_wipe(&key);
}

static bool take(void *list, struct span content, struct err *e)
{
	struct list *l = list;
	const struct api *a = l->call.api;
	enum json_cut cut;

	if (!is_list(&l->call.x.response))
		return call_take(&l->call, content, e);
	while ((cut = json_array_feed(&l->array, &content)) ==
	       JSON_CUT_ELEMENT) {
		see_element(l);
		if (a->seen != NULL)
			a->seen(a->seen_context, l->array.count);
	}
	return cut != JSON_CUT_BAD ||
	       err_set(e, ERR_LIST_FORM, "HTTP status 200");
}

static void start_over(struct list *l)
{
	l->array =
		(struct json_array){ .element = BUF_OVER(l->call.api->body) };
	l->skipped = (struct err){ 0 };
	l->seen = false;
	if (l->reader->on_start != NULL)
		l->reader->on_start(l->reader->context);
}

static void check_list(struct list *l)
{
	struct call *c = &l->call;
	const struct http_response *r = &c->x.response;

	if (c->err.code == ERR_LIST_FORM)
		return;
	if (c->x.progress < EXCHANGE_WHOLE) {
		c->may_pass = call_err_may_pass(c->err.code);
		if (c->err.code != ERR_SIGNAL)
			err_wrap(&c->err, ERR_LIST_TORN);
	} else if (!json_array_ended(&l->array)) {
		call_set_status(c, ERR_LIST_FORM);
	} else {
		c->err = l->skipped;
		/* There are no pages; should there be, this is the first. */
		if (r->has_total && r->total > l->array.count)
			err_format(&c->err, ERR_LIST_ELEMENT,
			           "%lu of %u tokens came", l->array.count,
			           r->total);
	}
}

static void read_reply(struct list *l)
{
	struct call *c = &l->call;
	unsigned status = call_status(c);

	if (status == 0)
		return;
	if (is_list(&c->x.response))
		check_list(l);
	else if (status == 200 && c->x.response.encoded)
		call_set_status(c, ERR_LIST_ENCODED);
	else if (status < 300)
		call_set_status(c, ERR_LIST_FORM);
	else if (status == 404 || status == 405)
		call_set_status(c, ERR_NO_LIST);
	else
		call_set_status(c, call_status_err(status));
}

/* 6 is for deletions; and where a request has left, somebody was reached. */
static enum exit_status status_of(const struct call *c)
{
	enum exit_status status = err_status(c->err.code);

	if (status == EXIT_UNREACHED && c->x.progress >= EXCHANGE_SENT &&
	    c->err.code != ERR_SIGNAL)
		return EXIT_REFUSED;
	return status == EXIT_UNKNOWN ? EXIT_REFUSED : status;
}

enum list_whose list_home(bool service)
{
	return service ? LIST_SERVICE : LIST_OWN;
}

void list_read(struct api *a, enum list_whose whose,
               const struct list_reader *reader, struct deadline d,
               struct result *r)
{
	struct list l = { .reader = reader };
	struct call *c = &l.call;

	call_begin(c, a, (enum call_operation)whose, d);
	c->x.take = take;
	c->x.context = &l;
	do {
		start_over(&l);
		call_send(c);
		read_reply(&l);
	} while (!(l.seen && reader->once) && call_again(c));
	*r = (struct result){ .http = call_status(c), .attempts = c->count };
	if (c->err.code != ERR_NONE)
		result_end(r, VERB_DELETE, status_of(c), &c->err);
	call_redact(c, c->body.at, c->body.len);
	/* The body of a list is what the element at hand was kept in. */
	if (!is_list(&c->x.response))
		r->body = call_body(c);
}
