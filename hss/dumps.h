/* Extensions of freeDiameter that print messages, and so what is secret in them. */
#ifndef QUINTET_HSS_DUMPS_H
#define QUINTET_HSS_DUMPS_H

/*
 * Log an error for each of them that freeDiameter loads. While extensions are loaded, too: the list
 * is complete before the first one is, so those that come after ours are seen as well.
 */
void dumps_warn(void);

#endif
