/* The configuration, told to libkrun. */
#ifndef MONO_KRUN_MACHINE_H
#define MONO_KRUN_MACHINE_H

#include "configuration.h"
#include "library.h"

/*
 * Makes a context of libkrun that is the machine; says on standard error what is refused.
 *
 * Returns:
 *  the number of the context, or -1.
 */
int machine_create(const struct krun_library *library, const struct configuration *configuration);

#endif
