package io.fdwork.descriptor;

/**
 * Whether one more message may be received: asked just before each look for one, so that
 * nothing is held for a message while there is none.
 *
 * @hidden
 */
@Internal
public interface Admission {

	/**
	 * Nothing holds messages back.
	 */
	Admission FREE = new Admission() {

		@Override
		public boolean tryEnter() {
			return true;
		}

		@Override
		public void exit() {
			// Nothing was taken
		}

	};

	/**
	 * Take what a message needs, if it is there.
	 * @return whether it is; whoever receives a message has it from then on
	 */
	boolean tryEnter();

	/**
	 * Give back what was taken, as there is no message.
	 */
	void exit();

}
