package io.fdwork.autoconfigure;

import java.io.IOException;
import java.util.Map;

import io.fdwork.internal.wire.FailureNote;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.context.event.ApplicationFailedEvent;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalysisReporter;
import org.springframework.context.ApplicationListener;

/**
 * Tells the fleet why the application of its worker does not start: the innermost cause,
 * and then the description of the analysis, if there is one.
 */
class StartFailureReporter implements ApplicationListener<ApplicationFailedEvent>, FailureAnalysisReporter {

	private static final Logger logger = LoggerFactory.getLogger(StartFailureReporter.class);

	private static final int MAX_CAUSES = 100;

	private final Map<String, String> environment;

	StartFailureReporter() {
		this(System.getenv());
	}

	StartFailureReporter(Map<String, String> environment) {
		this.environment = environment;
	}

	@Override
	public void onApplicationEvent(ApplicationFailedEvent event) {
		write(innermostCause(event.getException()).toString());
	}

	@Override
	public void report(FailureAnalysis analysis) {
		write(analysis.getDescription());
	}

	private static Throwable innermostCause(Throwable failure) {
		Throwable innermost = failure;
		for (int i = 0; innermost.getCause() != null && i < MAX_CAUSES; i++) {
			innermost = innermost.getCause();
		}
		return innermost;
	}

	private void write(String cause) {
		FailureNote note = FailureNote.of(this.environment);
		if (note == null) {
			return;
		}
		try {
			note.write(cause);
		}
		catch (IOException ex) {
			logger.debug("The fleet is not told why this worker does not start", ex);
		}
	}

}
