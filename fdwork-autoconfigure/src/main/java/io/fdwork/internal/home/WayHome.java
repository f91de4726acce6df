package io.fdwork.internal.home;

import java.io.IOException;
import java.time.Duration;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import java.util.function.Supplier;

import io.fdwork.Work;
import io.fdwork.descriptor.ConnectionChannel;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.internal.worker.IdleReturn;
import io.fdwork.serve.FdworkAttributes;
import io.fdwork.serve.http.IdleReturnHttpCodec;
import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way of the idle connections of one server back to the daemon, for those of its
 * channels that have an {@link IdleReturnHttpCodec}. The event loop of a channel asks for it.
 */
public final class WayHome {

	/**
	 * How long a connection may stay idle in a drain. A client that is about to send its
	 * next request gets an answer that ends the connection, instead of a reset.
	 */
	public static final Duration DRAIN_IDLE_TIME = Duration.ofSeconds(1);

	private static final Logger logger = LoggerFactory.getLogger(WayHome.class);

	private static final AttributeKey<WayHome> ATTRIBUTE = AttributeKey.valueOf(WayHome.class, "ATTRIBUTE");

	private final Supplier<IdleReturn> idleReturn;

	private final Duration idleTime;

	private final Predicate<Channel> free;

	private final BiConsumer<Work, Descriptor> comeBack;

	/**
	 * Create a way.
	 * @param idleReturn where connections go; asked for when the first does
	 * @param idleTime how long a connection is idle before it goes; zero to let none go
	 * before the worker drains
	 * @param free says on its event loop whether the server is done with a channel whose
	 * requests are all answered
	 * @param comeBack opens a connection that has not arrived again. It owns the connection,
	 * and is called on a thread that must not be held up
	 */
	public WayHome(Supplier<IdleReturn> idleReturn, Duration idleTime, Predicate<Channel> free,
			BiConsumer<Work, Descriptor> comeBack) {
		this.idleReturn = idleReturn;
		this.idleTime = idleTime;
		this.free = free;
		this.comeBack = comeBack;
	}

	public static @Nullable WayHome of(Channel channel) {
		return channel.attr(ATTRIBUTE).get();
	}

	/**
	 * Let a channel have this way.
	 * @param channel the channel, which is not registered yet
	 * @param work the work that it serves
	 */
	public void openFor(Channel channel, Work work) {
		channel.attr(FdworkAttributes.WORK).set(work);
		channel.attr(ATTRIBUTE).set(this);
	}

	/**
	 * Return how long a connection is idle before it goes, zero for ever.
	 */
	public Duration idleTime() {
		return this.idleTime;
	}

	/**
	 * Return whether the worker of a connection has no room for more.
	 */
	public boolean isAtLimit(Channel channel) {
		return this.idleReturn.get().isAtLimit(channel.attr(FdworkAttributes.WORK).get().queue());
	}

	/**
	 * Return whether others wait for the room that a connection takes. None goes for that if
	 * none goes before the worker drains.
	 */
	public boolean isRoomWanted(Channel channel) {
		return !this.idleTime.isZero()
				&& this.idleReturn.get().isRoomWanted(channel.attr(FdworkAttributes.WORK).get().queue());
	}

	/**
	 * Return whether the connection of a channel could go. What came with it besides the
	 * connection would be lost on the way.
	 */
	public boolean isOpenFor(Channel channel) {
		Work work = channel.attr(FdworkAttributes.WORK).get();
		return channel instanceof ConnectionChannel && this.idleReturn.get().isConnected()
				&& work.descriptors().size() == 1 && work.parameters().isEmpty() && work.payload().length == 0;
	}

	/**
	 * Send the connection of a channel home, if it can go now. Ends the channel.
	 * @param channel an idle channel that this way is {@linkplain #isOpenFor open for}
	 * @return whether it is on its way. Comes back as a new channel if it does not arrive
	 */
	public boolean send(ConnectionChannel channel) {
		if (!this.free.test(channel) || !this.idleReturn.get().isOpen()) {
			return false;
		}
		Work work = channel.attr(FdworkAttributes.WORK).get();
		try {
			this.idleReturn.get()
				.giveBack(work, channel.detach(), (connection) -> this.comeBack.accept(work, connection));
			return true;
		}
		catch (IOException ex) {
			logger.debug("{} stays here", work, ex);
			return false;
		}
	}

}
