package io.fdwork.internal.serve.web;

import java.nio.file.Path;

import javax.net.ssl.SSLContext;

/**
 * A key store of web servers, with what a client needs to trust it.
 *
 * @param directory where it is
 * @param keyStore the key store
 * @param ssl of clients
 */
record WebKeys(Path directory, Path keyStore, SSLContext ssl) {

	/**
	 * Create a key store.
	 * @param directory where it goes
	 */
	static WebKeys create(Path directory) throws Exception {
		Path keyStore = directory.resolve("keys.p12");
		KeyStores.create(keyStore);
		return new WebKeys(directory, keyStore, KeyStores.trust(keyStore));
	}

}
