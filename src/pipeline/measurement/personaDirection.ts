/** Name of the direction that a disposition is read along unless another is named. */
export const usualPersonas = "personas";
