/* SPDX-License-Identifier: MIT */
/* Random numbers, from the kernel. */
#ifndef NET_RANDOM_H
#define NET_RANDOM_H

#include "net/wait.h"

/*
 * Fills all of it: getrandom(2), or /dev/urandom where the kernel has no such
 * call. Early after the start of an appliance there may be none yet: then it
 * waits until the deadline. False with ERR_RANDOM or ERR_SIGNAL. Once it has
 * succeeded, it waits no more.
 */
bool random_fill(void *out, size_t size, struct deadline d, struct err *e);

#endif
