/* Files that hold keys: secrets of one subscriber, documents. Buffers are wiped, content is never
 * told. */
#ifndef HSSCTL_SECRETS_H
#define HSSCTL_SECRETS_H

#include <jansson.h>
#include <stdbool.h>

/*
 * Read lines k=HEX and opc=HEX or op=HEX, or ha1=HEX or password=TEXT, into members of obj. Blanks
 * around, empty lines and lines with '#' in front are allowed.
 *
 *   path  a file, or "-" for standard input; a warning tells when group or others can read it
 *
 * Returns false after a message.
 */
bool secrets_read(const char *path, json_t *obj);

/*
 * Read one or more JSON values, one behind the other: objects, or arrays of objects, into a new
 * array. Returns NULL after a message.
 */
json_t *documents_read(const char *path);

#endif
