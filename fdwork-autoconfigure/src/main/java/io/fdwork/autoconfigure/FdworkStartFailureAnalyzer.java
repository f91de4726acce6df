package io.fdwork.autoconfigure;

import io.fdwork.FdworkStartException;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Says what keeps the daemon or the worker from starting, and what to do.
 */
class FdworkStartFailureAnalyzer extends AbstractFailureAnalyzer<FdworkStartException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, FdworkStartException cause) {
		return new FailureAnalysis(cause.getMessage() + ".", cause.getAction() + ".", cause);
	}

}
