/** The tool image's coreutils: what a foothold runs until its deadline. */
export const SLEEP = '/usr/bin/sleep';
