/* SPDX-License-Identifier: MIT */
/* The forms of a TOKEN, and the id that each stands for. */
#ifndef CLI_PICK_H
#define CLI_PICK_H

#include "base/err.h"
#include "wire/uuid.h"

/*
 * The id that the text names. ERR_TOKEN_FORM or ERR_TOKEN_SECRET; the text is
 * not part of the error, since it may be anything, a secret too.
 */
bool pick_id(struct span text, struct uuid *id, struct err *e);

#endif
