/* SPDX-License-Identifier: MIT */
/* Host tool: completions for a shell, out of the table of options. */
/*
 * completions bash|zsh|fish: what that shell is to read, on standard output.
 * `make completions` writes all three to build/completions.
 */
#include <stdio.h>
#include <string.h>

#include "cli/options.h"

static const struct row {
	const char *name, *value, *help;
	char letter;
	enum option_kind kind;
	unsigned most; /* times that it may be given */
} rows[] = {
#define X(option, letter, name, kind, value, most, variables, excludes, help) \
	{ name, value, help, letter, kind, most },
	OPTIONS(X)
#undef X
};

#define COUNT (sizeof(rows) / sizeof(rows[0]))

static int takes_file(const struct row *r)
{
	return r->kind == OPTION_FILE || r->kind == OPTION_SECRET;
}

/* In single quotes, which the shells agree on; help has no `'` of its own. */
static void put_quoted(const char *text, const char *hidden)
{
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			fputs("'\\'", stdout);
		if (strchr(hidden, *text) != NULL)
			putchar('\\');
		putchar(*text);
	}
}

/* bash takes `=` for a word of its own: --cacert=FILE is three. */
static void put_bash(void)
{
	puts("_patrm() {\n"
	     "	local word=${COMP_WORDS[COMP_CWORD]}\n"
	     "	local before=${COMP_WORDS[COMP_CWORD-1]}\n"
	     "	[[ $word == = ]] && word=\n"
	     "	[[ $before == = ]] && before=${COMP_WORDS[COMP_CWORD-2]}\n"
	     "	COMPREPLY=()\n"
	     "	case $before in");
	for (size_t i = 0; i < COUNT; i++) {
		if (rows[i].kind == OPTION_FLAG)
			continue;
		printf("\t--%s", rows[i].name);
		if (rows[i].letter != 0)
			printf(" | -%c", rows[i].letter);
		puts(takes_file(&rows[i])
		             ? ") compopt -o filenames 2>/dev/null\n"
		               "		mapfile -t COMPREPLY < "
		               "<(compgen -f -- "
		               "\"$word\") ;;"
		             : ") ;;");
	}
	fputs("\t*) mapfile -t COMPREPLY < <(compgen -W '", stdout);
	for (size_t i = 0; i < COUNT; i++)
		printf("%s--%s", i > 0 ? " " : "", rows[i].name);
	puts("' -- \"$word\") ;;\n	esac\n}\ncomplete -F _patrm patrm");
}

/* One spelling of an option: before its text, and what follows its name. */
static void put_zsh_row(const struct row *r, const char *name,
                        const char *value)
{
	fputs("\t'", stdout);
	if (r->most > 1)
		putchar('*');
	else if (r->letter != 0)
		printf("(-%c --%s)", r->letter, r->name);
	printf("%s%s[", name, r->kind != OPTION_FLAG ? value : "");
	put_quoted(r->help, "[]:");
	putchar(']');
	if (r->kind != OPTION_FLAG)
		printf(":%s:%s", r->value, takes_file(r) ? "_files" : "");
	puts("' \\");
}

static void put_zsh(void)
{
	puts("#compdef patrm\n_arguments \\");
	for (size_t i = 0; i < COUNT; i++) {
		const char letter[] = { '-', rows[i].letter, '\0' };
		char name[32];

		(void)snprintf(name, sizeof(name), "--%s", rows[i].name);
		put_zsh_row(&rows[i], name, "=");
		if (rows[i].letter != 0)
			put_zsh_row(&rows[i], letter, "+");
	}
	puts("\t'*:TOKEN:()'");
}

static void put_fish(void)
{
	puts("complete -c patrm -f");
	for (size_t i = 0; i < COUNT; i++) {
		printf("complete -c patrm -l %s", rows[i].name);
		if (rows[i].letter != 0)
			printf(" -s %c", rows[i].letter);
		if (rows[i].kind != OPTION_FLAG)
			fputs(takes_file(&rows[i]) ? " -r -F" : " -x", stdout);
		fputs(" -d '", stdout);
		put_quoted(rows[i].help, "");
		puts("'");
	}
}

int main(int argc, char **argv)
{
	const char *shell = argc == 2 ? argv[1] : "";

	if (strcmp(shell, "bash") == 0)
		put_bash();
	else if (strcmp(shell, "zsh") == 0)
		put_zsh();
	else if (strcmp(shell, "fish") == 0)
		put_fish();
	else
		return 2;
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
