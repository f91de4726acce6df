package io.fdwork.internal.wire;

import java.util.List;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import org.jspecify.annotations.Nullable;

/**
 * A message on a control connection, as JSON with its name in {@code type}. <pre>{@code
 *  worker                                daemon
 *    | -- hello ------------------------> |   with the listeners that it keeps;
 *    |                                    |   checked: peer, version, queues
 *    | <------------------------ welcome- |   with the receiving end of each
 *    |                    or refusal, end |   queue
 *    | -- life -----------------> <-life- |   each with the end of a life line
 *    | -- report -----------------------> |   every report interval, and when the
 *    | -- ...                             |   state changes
 *    | <--------------------------- keep- |   with all listeners to keep from now on,
 *    | -- kept -------------------------> |   whenever these change
 *    | <--------------------------- room- |   for so many idle connections
 *    | -- return -----------------------> |   with idle connections, as they come
 *    | <------------------------- places- |   where in the table those are that were
 *    |                                    |   in none
 *    | -- want -------------------------> |   room for some that cannot stay
 *    | <-------------------------- order- |   whenever the daemon wants something
 *    | <---------------------- candidate- |   may become the leader, or may not
 *    | <------------------------- scrape- |   for the meters of the application,
 *    | -- exposition -------------------> |   piece by piece
 *    | -- leave ------------------------> |   told to end by a signal: may it?
 *    | <--------------------------- stay- |   not before the daemon has ended,
 *    |                or order to drain   |   or at once
 *    | -- bye --------------------------> |   nothing is in hand any more
 *    | <---------------- or refusal, end- |   the daemon stops
 * }</pre> Versions that differ understand each other: a member, a type of message or a
 * name that one side does not know is skipped. A message that must be understood says so.
 * What changes what is sent is a {@link Feature}, which the other side has named before.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type", visible = true, defaultImpl = ControlMessage.Unknown.class)
@JsonSubTypes({ @JsonSubTypes.Type(value = ControlMessage.Hello.class, name = "hello"),
		@JsonSubTypes.Type(value = ControlMessage.Welcome.class, name = "welcome"),
		@JsonSubTypes.Type(value = ControlMessage.Refusal.class, name = "refusal"),
		@JsonSubTypes.Type(value = ControlMessage.Life.class, name = "life"),
		@JsonSubTypes.Type(value = ControlMessage.Report.class, name = "report"),
		@JsonSubTypes.Type(value = ControlMessage.Keep.class, name = "keep"),
		@JsonSubTypes.Type(value = ControlMessage.Kept.class, name = "kept"),
		@JsonSubTypes.Type(value = ControlMessage.Room.class, name = "room"),
		@JsonSubTypes.Type(value = ControlMessage.Return.class, name = "return"),
		@JsonSubTypes.Type(value = ControlMessage.Places.class, name = "places"),
		@JsonSubTypes.Type(value = ControlMessage.Want.class, name = "want"),
		@JsonSubTypes.Type(value = ControlMessage.Order.class, name = "order"),
		@JsonSubTypes.Type(value = ControlMessage.Candidate.class, name = "candidate"),
		@JsonSubTypes.Type(value = ControlMessage.Scrape.class, name = "scrape"),
		@JsonSubTypes.Type(value = ControlMessage.Exposition.class, name = "exposition"),
		@JsonSubTypes.Type(value = ControlMessage.Leave.class, name = "leave"),
		@JsonSubTypes.Type(value = ControlMessage.Stay.class, name = "stay"),
		@JsonSubTypes.Type(value = ControlMessage.Bye.class, name = "bye") })
public sealed interface ControlMessage {

	/**
	 * How many listeners a daemon can have: a worker gives back all that it keeps in one
	 * message.
	 */
	int MAX_LISTENERS = 32;

	/**
	 * How many characters the name of an application may have.
	 */
	int MAX_APPLICATION_LENGTH = 200;

	/**
	 * How many connections a worker may give back in one message.
	 */
	int MAX_RETURNS = 32;

	/**
	 * A worker registers. The descriptors of the listeners that it keeps come with this
	 * message; what they are is asked of the kernel, not of the worker.
	 *
	 * @param name what it calls itself
	 * @param pid its process, as it sees it itself: for people, as the kernel says who it
	 * is
	 * @param queues the names of the queues that it serves
	 * @param concurrency how many works it can have in hand
	 * @param membership which fleet started it, {@code null} for a worker of no fleet
	 * @param listeners how many listeners it keeps
	 * @param application the name of its application, {@code null} for one that serves
	 * whatever daemon there is
	 * @param features the names of its {@linkplain Feature features}; none from a worker
	 * of the first version
	 */
	record Hello(String name, long pid, List<String> queues, int concurrency, @Nullable Membership membership,
			int listeners, @Nullable String application, List<String> features) implements ControlMessage {

		public Hello {
			features = copy(features);
		}

		/**
		 * Create the hello of a worker without features.
		 */
		public Hello(String name, long pid, List<String> queues, int concurrency, @Nullable Membership membership,
				int listeners, @Nullable String application) {
			this(name, pid, queues, concurrency, membership, listeners, application, List.of());
		}

	}

	/**
	 * The daemon takes the worker. The descriptors of the queues come with this message,
	 * in its order.
	 *
	 * @param pid the process of the daemon, as it sees it itself: for people, too
	 * @param queues the queues, in the order of the hello
	 * @param reportIntervalMillis how often the worker should report
	 * @param orders what the worker must do from the start, in this order
	 * @param features the names of the {@linkplain Feature features} of the daemon; none
	 * from one of the first version
	 * @param table the table of the connections in service, whose descriptor comes last;
	 * {@code null} to a worker that has not named {@link Feature#TABLE}, or that the
	 * daemon does not let write in it
	 */
	record Welcome(long pid, List<Grant> queues, long reportIntervalMillis, List<Order> orders, List<String> features,
			@JsonInclude(JsonInclude.Include.NON_NULL) @Nullable TableGrant table) implements ControlMessage {

		public Welcome {
			features = copy(features);
		}

		/**
		 * Create a welcome without a table.
		 */
		public Welcome(long pid, List<Grant> queues, long reportIntervalMillis, List<Order> orders,
				List<String> features) {
			this(pid, queues, reportIntervalMillis, orders, features, null);
		}

		/**
		 * Create the welcome of a daemon without features.
		 */
		public Welcome(long pid, List<Grant> queues, long reportIntervalMillis, List<Order> orders) {
			this(pid, queues, reportIntervalMillis, orders, List.of());
		}

	}

	/**
	 * The daemon wants its listeners kept for the time when it is dead. Their descriptors
	 * come with this message, and take the place of all that the worker has kept so far.
	 *
	 * @param revision tells the answer to this message from those to earlier ones
	 * @param listeners how many listeners there are, 0 to let go of all
	 * @param terms when the worker accepts from each, in the order of the descriptors;
	 * {@code null} to a worker that has not named {@link Feature#ACCEPT}, which never
	 * does
	 */
	record Keep(long revision, int listeners,
			@JsonInclude(JsonInclude.Include.NON_NULL) @Nullable List<AcceptTerms> terms) implements ControlMessage {

		/**
		 * Create the message for a worker that never accepts.
		 */
		public Keep(long revision, int listeners) {
			this(revision, listeners, null);
		}

	}

	/**
	 * A worker keeps what the daemon wants kept, and nothing else. One that has no
	 * descriptors for that keeps what it had, and none of what came.
	 *
	 * @param revision that of the {@link Keep}
	 * @param listeners how many of the listeners that came it keeps
	 */
	record Kept(long revision, int listeners) implements ControlMessage {
	}

	/**
	 * The daemon has room for connections that a worker gives back.
	 *
	 * @param returns how many it may give back in all, those that it has given back on
	 * this control connection included; never less than before
	 */
	record Room(long returns) implements ControlMessage {
	}

	/**
	 * A worker wants room for connections that cannot stay: it drains, or others wait for
	 * their permits. Answered by a {@link Room}, as soon as there is any.
	 *
	 * @param connections how many
	 */
	record Want(int connections) implements ControlMessage {
	}

	/**
	 * A worker gives back connections on which it waits for the next request. Their
	 * descriptors come with this message; what they are is asked of the kernel, not of
	 * the worker. Those that are in no table are answered by {@link Places}, to a worker
	 * that may write in the table.
	 *
	 * @param queues the queue of each connection, in the order of the descriptors
	 * @param connections what is known of each, in the same order; {@code null} if the
	 * daemon has not named {@link Feature#CONNECTION_HISTORY}
	 */
	record Return(List<String> queues, @Nullable List<Returned> connections) implements ControlMessage {

		/**
		 * Create the message for a daemon that wants to know nothing of the connections.
		 */
		public Return(List<String> queues) {
			this(queues, null);
		}

	}

	/**
	 * The daemon says where in its table connections are that the worker has given back
	 * without a place: so the worker can tell whether they are still at home.
	 *
	 * @param sockets the identities of their sockets, which every process that holds one
	 * can ask the kernel for
	 * @param places where they are, in the same order
	 */
	record Places(List<Long> sockets, List<Place> places) implements ControlMessage {
	}

	/**
	 * The daemon does not take the worker. After the welcome: the daemon stops, and the
	 * worker keeps what it has.
	 *
	 * @param reason why, for people
	 * @param listenersTaken whether the daemon has taken all listeners that came with the
	 * hello, so that the worker keeps them no more; {@code null} from one that does not
	 * say it, and that may be the daemon of somebody else
	 */
	record Refusal(String reason,
			@JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Boolean listenersTaken) implements ControlMessage {

		/**
		 * Create a refusal by which a worker keeps what it has.
		 */
		public Refusal(String reason) {
			this(reason, null);
		}

	}

	/**
	 * The daemon wants something of a worker. Orders are idempotent.
	 *
	 * @param kind what it wants
	 * @param concurrency for {@link OrderKind#CONCURRENCY}, how many works of each queue
	 * the worker may have in hand; 0 for as many as it is configured for
	 */
	record Order(OrderKind kind, int concurrency) implements ControlMessage {

		/**
		 * Create an order that needs no number.
		 * @param kind what is wanted
		 * @return the order
		 */
		public static Order of(OrderKind kind) {
			return new Order(kind, 0);
		}

	}

	/**
	 * The other end of a life line comes with this message, right after the welcome, from
	 * either side to one that has named {@link Feature#LIFE_LINES}. Nothing comes with it
	 * from a side that has none.
	 */
	record Life() implements ControlMessage {
	}

	/**
	 * A worker reports.
	 *
	 * @param figures its figures of this moment
	 * @param management the address of its management server, {@code null} if it has none
	 * of its own
	 * @param leader whether it is the leader; {@code null} from one that does not know,
	 * or to a daemon that has not named {@link Feature#LEADER}
	 */
	record Report(WorkerFigures figures, @Nullable String management,
			@JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Boolean leader) implements ControlMessage {

		/**
		 * Create the report of a worker that does not know whether it is the leader.
		 */
		public Report(WorkerFigures figures, @Nullable String management) {
			this(figures, management, null);
		}

		/**
		 * Return the same report for a daemon that has not named {@link Feature#LEADER}.
		 * @return the report
		 */
		public Report withoutLeader() {
			return new Report(this.figures, this.management);
		}

		/**
		 * Return the same report for a daemon that names no features.
		 * @return the report, in {@linkplain WorkerFigures#inWordsOfFirstVersion() words}
		 * that such a daemon knows
		 */
		public Report inWordsOfFirstVersion() {
			return new Report(this.figures.inWordsOfFirstVersion(), this.management);
		}

	}

	/**
	 * The daemon says whether a worker may become the leader when there is none. One that
	 * is the leader stays so.
	 *
	 * @param candidate whether it may
	 */
	record Candidate(boolean candidate) implements ControlMessage {
	}

	/**
	 * The daemon wants the meters of the application, or the next piece of them.
	 *
	 * @param id tells the answer to this message from those to earlier ones
	 * @param format what they are to be written in, as a content type
	 * @param names of which families; of all if empty
	 * @param limit how many bytes are taken
	 * @param offset which byte the piece begins with
	 */
	record Scrape(long id, String format, List<String> names, int limit, int offset) implements ControlMessage {
	}

	/**
	 * The answer to a {@link Scrape}.
	 *
	 * @param length how many bytes there are in all; -1 if writing them has failed
	 * @param piece the next of them; none if there are more than are taken
	 */
	record Exposition(long id, int length, byte[] piece) implements ControlMessage {
	}

	/**
	 * A worker was told to end by a signal, and asks whether it may. It serves until it
	 * has the answer: a {@link Stay}, or an order to drain. It may ask again.
	 */
	record Leave() implements ControlMessage {
	}

	/**
	 * The daemon is about to end itself and needs the worker that has asked. It may end
	 * when the connection has ended.
	 *
	 * @param atMostMillis for how long at most, if the connection does not end
	 */
	record Stay(long atMostMillis) implements ControlMessage {
	}

	/**
	 * A worker ends, with nothing in hand.
	 *
	 * @param reason why, for people
	 * @param figures its last figures
	 */
	record Bye(String reason, WorkerFigures figures) implements ControlMessage {
	}

	/**
	 * Never sent: a message of a type that this side does not know.
	 *
	 * @param type its type
	 * @param mandatory whether it must be understood: a message of another version has
	 * this member if so
	 */
	record Unknown(@Nullable String type, @Nullable Boolean mandatory) implements ControlMessage {

		boolean isMandatory() {
			return Boolean.TRUE.equals(this.mandatory);
		}

	}

	private static List<String> copy(@Nullable List<String> features) {
		return (features != null) ? List.copyOf(features) : List.of();
	}

}
