package io.fdwork.internal.home;

import java.io.IOException;
import java.time.Duration;
import java.util.function.Predicate;
import java.util.function.Supplier;

import io.fdwork.ConnectionHistory;
import io.fdwork.Work;
import io.fdwork.descriptor.ConnectionChannel;
import io.fdwork.internal.queue.GotWork;
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

	private static final AttributeKey<ConnectionHistory> HISTORY = AttributeKey.valueOf(WayHome.class, "HISTORY");

	private final HomeRule rule;

	private final HomeSender sender;

	private final Predicate<Channel> free;

	/**
	 * Create a way.
	 * @param idleReturn where connections go; asked for when the first does
	 * @param idleTime how long a connection is idle before it goes; zero to let none go
	 * before the worker drains
	 * @param idleTimeout says how long the server lets a connection be idle before it
	 * closes it: zero for as long as the client likes, {@code null} if that is not known
	 * @param free says on its event loop whether the server is done with a channel whose
	 * requests are all answered
	 * @param comeBack opens a connection that has not arrived again
	 */
	public WayHome(Supplier<IdleReturn> idleReturn, Duration idleTime, Supplier<@Nullable Duration> idleTimeout,
			Predicate<Channel> free, HomeSender.ComeBack comeBack) {
		this.rule = new HomeRule(idleReturn, idleTime, idleTimeout);
		this.sender = new HomeSender(idleReturn, this.rule, comeBack);
		this.free = free;
	}

	/**
	 * Let a channel have this way.
	 * @param channel the channel, which is not registered yet
	 * @param work the work that it serves
	 * @param history what has happened on the connection, {@code null} for a new one
	 */
	public void openFor(Channel channel, Work work, @Nullable ConnectionHistory history) {
		channel.attr(FdworkAttributes.WORK).set(work);
		channel.attr(ATTRIBUTE).set(this);
		channel.attr(HISTORY).set(history);
	}

	/**
	 * Return what has happened on the connection of a channel before.
	 * @param channel the channel
	 * @return the history, {@code null} for a new connection
	 */
	public static @Nullable ConnectionHistory history(Channel channel) {
		return channel.attr(HISTORY).get();
	}

	/**
	 * Return whether the next answer is the last of the connection of a channel.
	 * @param channel the channel
	 * @param first what must be the first of its pipeline for it to go, {@code null} if
	 * it cannot
	 * @param draining whether the worker drains
	 * @see HomeRule#isLast
	 */
	public static boolean isLast(Channel channel, @Nullable ChannelHandler first, boolean draining) {
		WayHome wayHome = of(channel);
		return (wayHome != null) ? wayHome.rule.isLast(work(channel), first != null && isBare(channel, first), draining)
				: draining;
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
	 * @param idleNanos how long it has been idle in this process
	 * @param idleBeforeNanos how long its connection had been idle when it came, zero for
	 * one that has carried a request since
	 * @see HomeRule#advise
	 */
	public static HomeRule.Advice advise(Channel channel, ChannelHandler first, boolean draining, long idleNanos,
			long idleBeforeNanos) {
		WayHome wayHome = of(channel);
		return (wayHome != null)
				? wayHome.rule.advise(work(channel), isBare(channel, first), draining, idleNanos, idleBeforeNanos)
				: HomeRule.ofOneThatStays(draining, idleNanos);
	}

	/**
	 * Return the work that a channel serves.
	 * @param channel the channel
	 * @return the work, {@code null} for a channel that fdwork has not opened, or whose
	 * work did not come out of a queue
	 */
	public static @Nullable GotWork gotWork(Channel channel) {
		return (channel.attr(FdworkAttributes.WORK).get() instanceof GotWork work) ? work : null;
	}

	private static @Nullable WayHome of(Channel channel) {
		return channel.attr(ATTRIBUTE).get();
	}

	private static Work work(Channel channel) {
		return channel.attr(FdworkAttributes.WORK).get();
	}

	/**
	 * Return whether nothing is between the connection of a channel and HTTP.
	 * @param channel the channel
	 * @param first what must be the first of its pipeline
	 */
	public static boolean isBare(Channel channel, ChannelHandler first) {
		return channel instanceof ConnectionChannel && channel.pipeline().first() == first;
	}

	/**
	 * Send the connection of a channel home, if it can go now. Ends the channel.
	 * @param channel an idle channel whose connection should go
	 * @param history what has happened on the connection so far
	 * @param draining whether the worker drains
	 * @return whether it is on its way. Comes back as a new channel if it does not arrive
	 */
	public static boolean send(Channel channel, ConnectionHistory history, boolean draining) {
		WayHome wayHome = of(channel);
		return wayHome != null && channel instanceof ConnectionChannel connection
				&& wayHome.send(connection, work(channel), history, draining);
	}

	private boolean send(ConnectionChannel channel, Work work, ConnectionHistory history, boolean draining) {
		if (!this.free.test(channel) || !this.sender.isOpen(work, draining)) {
			return false;
		}
		try {
			this.sender.send(work, channel.detach(), history, this.rule.idleTimeout());
			return true;
		}
		catch (IOException ex) {
			logger.debug("{} stays here", work, ex);
			return false;
		}
	}

}
