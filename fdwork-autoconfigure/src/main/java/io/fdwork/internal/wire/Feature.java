package io.fdwork.internal.wire;

import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * What a version of fdwork can do on the wire that the first one could not. Each side
 * names its features when a worker registers, and uses one toward the other only if that
 * has named it. Names that this side does not know are left out. Whoever names none is of
 * the first version, and ends the connection at any word that it does not know.
 */
public enum Feature {

	/**
	 * The history of a connection goes home with it, and out again with its next request.
	 */
	CONNECTION_HISTORY("connection-history"),

	/**
	 * The daemon says how many idle connections a worker may give back, and the worker
	 * gives back no more. Of a control connection, not of a queue.
	 */
	ROOM("room"),

	/**
	 * The daemon says which workers may become the leader, and a worker whether it is.
	 */
	LEADER("leader"),

	/**
	 * A worker accepts from the listeners that it keeps, where and when the daemon says.
	 */
	ACCEPT("accept"),

	/**
	 * Each side gives the other one the end of a line that tells when its process is
	 * gone, and the daemon says on its own that it does its work. Of a control
	 * connection, not of a queue.
	 */
	LIFE_LINES("life-lines"),

	/**
	 * Frames say where in the table a connection is, and a worker serves it only if it
	 * has claimed it there.
	 */
	TABLE("table"),

	/**
	 * A worker that is told to hold gets nothing, and lets its idle connections go home
	 * to those that serve meanwhile; and one that is told to looks at the health of its
	 * application. Of a control connection, not of a queue.
	 */
	BAKE("bake"),

	/**
	 * The daemon asks a worker for the meters of its application, and the worker answers.
	 * Of a control connection, not of a queue.
	 */
	SCRAPE("scrape"),

	/**
	 * Frames bring what was read from a connection already, and a worker serves it before
	 * all else, or ends the connection.
	 */
	PREREAD("preread"),

	/**
	 * A worker that is told to lets each answer be the last of its connection. Of a
	 * control connection, not of a queue.
	 */
	PARTING("parting");

	private final String wireName;

	Feature(String wireName) {
		this.wireName = wireName;
	}

	/**
	 * Return the names of all features of this version.
	 * @return the names, as they are on the wire
	 */
	public static List<String> names() {
		return EnumSet.allOf(Feature.class).stream().map((feature) -> feature.wireName).toList();
	}

	/**
	 * Return the features that the other side has named and this one knows.
	 * @param names the names
	 * @return the features
	 */
	public static Set<Feature> named(Collection<String> names) {
		Set<Feature> features = EnumSet.noneOf(Feature.class);
		for (Feature feature : values()) {
			if (names.contains(feature.wireName)) {
				features.add(feature);
			}
		}
		return features;
	}

}
