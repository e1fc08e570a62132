/*
 * Reads paths, each ended by a zero byte, from standard input and writes for each of their extended
 * attributes the path, the name and the value in hex, each ended by a zero byte. Links are not
 * followed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/xattr.h>

enum { LIST_BYTES = 65536, VALUE_BYTES = 65536 };

int main(void)
{
	static char names[LIST_BYTES];
	static unsigned char value[VALUE_BYTES];
	char *path = NULL;
	size_t capacity = 0;

	while (getdelim(&path, &capacity, 0, stdin) > 0) {
		ssize_t length = llistxattr(path, names, sizeof(names));
		if (length < 0) {
			perror(path);
			return 1;
		}
		for (char *name = names; name < names + length; name += strlen(name) + 1) {
			ssize_t size = lgetxattr(path, name, value, sizeof(value));
			if (size < 0) {
				perror(name);
				return 1;
			}
			fputs(path, stdout);
			putchar(0);
			fputs(name, stdout);
			putchar(0);
			for (ssize_t i = 0; i < size; i++)
				printf("%02x", value[i]);
			putchar(0);
		}
	}
	free(path);
	return 0;
}
