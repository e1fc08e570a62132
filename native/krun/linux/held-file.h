/* Files that this process holds: libkrun opens them anew by the name of the descriptor. */
#ifndef MONO_KRUN_HELD_FILE_H
#define MONO_KRUN_HELD_FILE_H

/* "/proc/self/fd/2147483647/." */
#define HELD_PATH_BYTES 32

#endif
