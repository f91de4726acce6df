package io.fdwork.sample.chaos;

import java.io.IOException;

import io.fdwork.sample.fixture.ForkedFleet;
import org.jspecify.annotations.Nullable;

/**
 * The operations of a daemon, which must succeed.
 *
 * @param fleet whose daemon it is
 */
record Operations(ForkedFleet fleet) {

	void perform(String operation, @Nullable String body) throws IOException {
		int status = this.fleet.operate(operation, body).statusCode();
		if (status != 200) {
			throw new IllegalStateException(operation + " was answered with " + status);
		}
	}

}
