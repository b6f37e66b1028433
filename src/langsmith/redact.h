/* SPDX-License-Identifier: MIT */
/* Hides secrets in what the server says, before anybody reads it. */
#ifndef LANGSMITH_REDACT_H
#define LANGSMITH_REDACT_H

#include "base/buf.h"

/*
 * Overwrites, with as many '*', the key wherever it stands in the text, and of
 * whatever looks like a secret (lsv2_ and ls__ keys that show more than a short
 * key may, JSON Web Tokens) all but its beginning. Characters that JSON escapes
 * count as what they stand for, and JSON stays JSON with the same structure: of
 * a key that may be a number, such as a header's value, each becomes a 1. A
 * key under REDACT_KEY_LEAST bytes is no secret, and would hit common words.
 */
void redact(uint8_t *text, size_t len, struct span key);

#define REDACT_KEY_LEAST 6

#endif
