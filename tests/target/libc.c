/* SPDX-License-Identifier: MIT */
/* What musl's printf wants for %f, which no test prints, of its math, which
 * the Makefile does not compile. */
#include <stdlib.h>

#define ABSENT(name) \
	_Noreturn void absent_##name(void) __asm__(#name); \
	_Noreturn void absent_##name(void) \
	{ \
		abort(); \
	}

ABSENT(frexpl)
ABSENT(scalbn)
ABSENT(__signbitl)
ABSENT(__fpclassifyl)
