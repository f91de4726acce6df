package io.fdwork.descriptor;

/**
 * Is told what the {@link LifeLine} of another process says, on the thread of the
 * {@link LifeWatch}.
 *
 * @hidden
 */
@Internal
public interface LifeObserver {

	/**
	 * The other process has said that it does its work, once or more.
	 */
	void beat();

	/**
	 * The other process is gone, or has ended the line itself.
	 */
	void ended();

	/**
	 * The line cannot be watched, and will tell nothing.
	 */
	void unwatched();

}
