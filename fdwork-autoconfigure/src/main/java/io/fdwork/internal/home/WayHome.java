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
import io.netty.channel.ChannelHandler;
import io.netty.util.AttributeKey;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way of the idle connections of one server on Netty back to the daemon, for those of
 * its channels that have an {@link IdleReturnHttpCodec}. The event loop of a channel asks
 * for it; when a connection goes, {@link HomeRule} decides.
 */
public final class WayHome {

	private static final Logger logger = LoggerFactory.getLogger(WayHome.class);

	private static final AttributeKey<WayHome> ATTRIBUTE = AttributeKey.valueOf(WayHome.class, "ATTRIBUTE");

	private final Supplier<IdleReturn> idleReturn;

	private final HomeRule rule;

	private final Predicate<Channel> free;

	private final BiConsumer<Work, Descriptor> comeBack;

	/**
	 * Create a way.
	 * @param idleReturn where connections go; asked for when the first does
	 * @param idleTime how long a connection is idle before it goes; zero to let none go
	 * before the worker drains
	 * @param free says on its event loop whether the server is done with a channel whose
	 * requests are all answered
	 * @param comeBack opens a connection that has not arrived again. It owns the
	 * connection, and is called on a thread that must not be held up
	 */
	public WayHome(Supplier<IdleReturn> idleReturn, Duration idleTime, Predicate<Channel> free,
			BiConsumer<Work, Descriptor> comeBack) {
		this.idleReturn = idleReturn;
		this.rule = new HomeRule(idleReturn, idleTime);
		this.free = free;
		this.comeBack = comeBack;
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
	 * Return whether the connection of a channel could go.
	 * @param channel the channel
	 * @param first what must be the first of its pipeline
	 * @see HomeRule#canGo
	 */
	public static boolean canGo(Channel channel, ChannelHandler first) {
		WayHome wayHome = of(channel);
		return wayHome != null && wayHome.rule.canGo(work(channel), isBare(channel, first));
	}

	/**
	 * Return whether the connection of a channel should go as soon as it is idle.
	 * @param channel the channel
	 * @param first what must be the first of its pipeline
	 * @see HomeRule#isRoomWanted
	 */
	public static boolean isRoomWanted(Channel channel, ChannelHandler first) {
		WayHome wayHome = of(channel);
		return wayHome != null && wayHome.rule.canGo(work(channel), isBare(channel, first))
				&& wayHome.rule.isRoomWanted(work(channel));
	}

	/**
	 * Say what is to be done with an idle channel, whether it has a way home or not.
	 * @param channel the channel
	 * @param first what must be the first of its pipeline, for it to go
	 * @param draining whether the worker drains
	 * @param idleNanos how long it has been idle
	 * @see HomeRule#advise
	 */
	public static HomeRule.Advice advise(Channel channel, ChannelHandler first, boolean draining, long idleNanos) {
		WayHome wayHome = of(channel);
		return (wayHome != null) ? wayHome.rule.advise(work(channel), isBare(channel, first), draining, idleNanos)
				: HomeRule.ofOneThatStays(draining, idleNanos);
	}

	private static @Nullable WayHome of(Channel channel) {
		return channel.attr(ATTRIBUTE).get();
	}

	private static Work work(Channel channel) {
		return channel.attr(FdworkAttributes.WORK).get();
	}

	private static boolean isBare(Channel channel, ChannelHandler first) {
		return channel instanceof ConnectionChannel && channel.pipeline().first() == first;
	}

	/**
	 * Send the connection of a channel home, if it can go now. Ends the channel.
	 * @param channel an idle channel whose connection should go
	 * @param draining whether the worker drains
	 * @return whether it is on its way. Comes back as a new channel if it does not arrive
	 */
	public static boolean send(Channel channel, boolean draining) {
		WayHome wayHome = of(channel);
		return wayHome != null && channel instanceof ConnectionChannel connection
				&& wayHome.send(connection, work(channel), draining);
	}

	private boolean send(ConnectionChannel channel, Work work, boolean draining) {
		if (!this.free.test(channel)) {
			return false;
		}
		if (!this.idleReturn.get().isOpen()) {
			if (draining || this.rule.isRoomWanted(work)) {
				this.idleReturn.get().wantRoom();
			}
			return false;
		}
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
