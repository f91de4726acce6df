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

		@Override
		public boolean isOpen() {
			return true;
		}

		@Override
		public void entered() {
			// There is always room for the next one
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

	/**
	 * Return whether there is what a message needs now, and take nothing. Nobody waits
	 * for a message while there is not: the kernel would wake in vain, and nobody else.
	 * @return whether there is
	 */
	boolean isOpen();

	/**
	 * Say that a message has come for what was taken last.
	 */
	void entered();

}
