package io.fdwork.serve;

/**
 * The user event that tells a Netty pipeline that its worker gets no more works.
 */
public enum DrainEvent {

	/**
	 * The only one.
	 */
	INSTANCE

}
