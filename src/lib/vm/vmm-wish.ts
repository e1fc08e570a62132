/** What a user can wish for as VMM; `auto` is for the best that the host can use. */
export const VMM_WISHES = ['auto', 'krun', 'qemu'] as const;
/** A wish for a VMM. */
export type VmmWish = (typeof VMM_WISHES)[number];
