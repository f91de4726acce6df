package io.fdwork.autoconfigure;

import io.fdwork.descriptor.UnsupportedPlatformException;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Says why descriptors cannot be passed here, and what to do.
 */
class UnsupportedPlatformFailureAnalyzer extends AbstractFailureAnalyzer<UnsupportedPlatformException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, UnsupportedPlatformException cause) {
		return new FailureAnalysis(cause.getMessage() + ".",
				"Run the daemon and its workers on Linux (x86_64 or aarch64), and let no security module or seccomp "
						+ "filter take descriptors out of AF_UNIX messages. Elsewhere, set fdwork.role=none.",
				cause);
	}

}
