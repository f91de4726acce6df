package io.fdwork;

import java.time.Duration;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Lets every test see soon that what it awaits has happened: Awaitility looks only every
 * 100 ms by default, and most of what is awaited takes a few.
 */
public final class FrequentPolling implements BeforeAllCallback, Extension {

	@Override
	public void beforeAll(ExtensionContext context) {
		Awaitility.setDefaultPollInterval(Duration.ofMillis(10));
	}

}
