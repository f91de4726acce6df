package io.fdwork.serve;

import io.fdwork.Work;
import io.netty.util.AttributeKey;

/**
 * Attributes of the Netty channels that serve works.
 */
public final class FdworkAttributes {

	/**
	 * The work that a channel serves. It is in hand until the channel is closed.
	 */
	public static final AttributeKey<Work> WORK = AttributeKey.valueOf(FdworkAttributes.class, "WORK");

	private FdworkAttributes() {
	}

}
