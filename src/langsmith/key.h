/* SPDX-License-Identifier: MIT */
/* Keys in their forms, whole secrets and short keys, and how they compare. */
#ifndef LANGSMITH_KEY_H
#define LANGSMITH_KEY_H

#include "base/buf.h"

/* A whole secret: lsv2_, pt_ or sk_, 32 hexadecimal digits, _, 10 more. */
#define KEY_SECRET_LEN 51

/* Characters of the secret part that a short key may show. */
#define KEY_SHOWN_LEAST 4
#define KEY_SHOWN_MOST 16

/* What of a secret a short key must show, for nobody to have to ask. */
#define KEY_SURE 6

/* Whether it may stand in a key: letters, digits and the underscore. */
bool key_is_char(uint8_t b);

/* What a text is, by its form alone. */
enum key_form {
	KEY_NONE, /* it does not begin like a key */
	KEY_SECRET, /* a whole secret */
	KEY_SHORT, /* shows as much of a secret as a short key may */
	KEY_TOO_SHORT, /* shows less */
	KEY_TOO_LONG, /* shows more, or begins like a secret and is none */
};

enum key_form key_form(struct span text);

/*
 * Whether a text begins like a key (lsv2_, ls__) or a bearer token (a JWT) and
 * is no short key: it must not be repeated anywhere, whatever it was meant for.
 */
bool key_is_secret(struct span text);

/* Whether a secret, or so much of one, stands anywhere in the text. */
bool key_is_in(struct span text);

/* Whether it is of a service key: as it shows, else as is said. */
bool key_is_of_service(struct span text, bool said);

/* Characters of the secret part that the text shows: without lsv2_pt_. */
size_t key_shown(struct span text);

/* Whether two, secrets or short keys, cannot be of one and the same secret. */
bool key_contradicts(struct span a, struct span b);

/*
 * How many characters of the secret part of `text` (a secret or a short key)
 * the short key of a record confirms; 0 where it contradicts, or says nothing.
 * What stands between the first and the last of `.`, `*` and U+2026 is hidden;
 * before it they must agree as far as both go, behind it likewise from the end.
 */
size_t key_confirms(struct span short_key, struct span text);

#endif
