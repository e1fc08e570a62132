/*
 * The frequency of the processor's time stamp counter.
 *
 * An emulated guest counts with the host's counter but has only an emulated timer to measure it by,
 * which on a busy host fails; its clock then has steps of 4 ms and loses time. So the host measures
 * and tells the guest's kernel. For that, mono runs this program on the host, where it is not PID 1.
 */
#ifndef MONO_GUEST_TSC_H
#define MONO_GUEST_TSC_H

#include <stdint.h>

/* Measures for about 20 ms. Returns the frequency in kHz, or 0 when this processor has no counter. */
uint64_t tsc_measure_khz(void);

#endif
