package io.fdwork.internal.fleet;

/**
 * How far a refresh has come.
 */
enum RefreshStage {

	/**
	 * Some workers of the new generation serve beside all of the one before, which is
	 * still the one that is wanted.
	 */
	CANARY,

	/**
	 * The workers of the one before that were replaced wait until the new one has proved
	 * itself.
	 */
	BAKE,

	/**
	 * The workers of the one before that were replaced are drained.
	 */
	REPLACE

}
