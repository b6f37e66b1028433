/* SPDX-License-Identifier: MIT */
/* Feeds the files named to one fuzzer, without libFuzzer. */
#include "fuzz/fuzz.h"

/* In memory of exactly its size: whoever reads behind it is seen. */
static void replay(const char *name)
{
	FILE *file = fopen(name, "rb");
	long size;
	uint8_t *data;

	if (file == NULL || fseek(file, 0, SEEK_END) != 0 ||
	    (size = ftell(file)) < 0) {
		perror(name);
		exit(2);
	}
	rewind(file);
	data = malloc((size_t)size + (size == 0));
	CHECK(data != NULL);
	CHECK(fread(data, 1, (size_t)size, file) == (size_t)size);
	fclose(file);
	LLVMFuzzerTestOneInput(data, (size_t)size);
	free(data);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		/* Left on the terminal only if it fails. */
		fprintf(stderr, "%s\n", argv[i]);
		replay(argv[i]);
	}
	printf("%d\n", argc - 1);
	return 0;
}
