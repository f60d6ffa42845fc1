/// The texts of a rule: the problem, the reason and the fix.
struct GuardWords {
    let title: String
    let reason: String
    let fix: String
}

extension GuardWords {
    static let unreadable = GuardWords(
        title: "a file that cannot be read",
        reason:
            "ledger cannot check an unreadable file, and the tool that uses it will fail too.",
        fix: "fix the file at the reported position")

    static let waiver = GuardWords(
        title: "an invalid waiver",
        reason:
            "A waiver without an owner or an end date disables its rule permanently.",
        fix: "write: # ledger:waive RULE reason=\"…\" owner=NAME until=YYYY-MM-DD")

    static let literalSecret = GuardWords(
        title: "a secret in plain text",
        reason:
            "Anyone who can read the file, its history or the image's layers has the secret. A default (`${VAR:-value}`) counts too.",
        fix: "pass it as ${VAR} from outside or as a mounted secret, and rotate the secret"
    )

    static let rootUser = GuardWords(
        title: "a container that runs as root",
        reason:
            "An attacker who exploits the program is root in the container, and can become root on the host through one kernel bug.",
        fix: "end the last stage with a USER that is not root")

    static let movingTag = GuardWords(
        title: "an image whose tag moves",
        reason:
            "The same file may build or start another image tomorrow, and the earlier image is unknown.",
        fix: "use a version tag, preferably with its digest: image:1.2.3@sha256:…")

    static let baseImage = GuardWords(
        title: "an unsuitable base image",
        reason:
            "A full image contains compilers and tools that help an attacker. Without the CUDA runtime a GPU stays unused.",
        fix:
            "use a -slim image for CPU and a CUDA -runtime image for GPU; use -devel only in a build stage"
    )

    static let buildTools = GuardWords(
        title: "build tools in the runtime image",
        reason: "Compilers and headers enlarge the image and help an attacker.",
        fix: "build in a separate stage, and copy only the runtime files into the last stage")

    static let multiStage = GuardWords(
        title: "an image without a separate build stage",
        reason:
            "Every host pulls sources, compilers and package caches with every release, and they help an attacker.",
        fix:
            "build in a separate stage and copy the result (COPY --from=build); remove caches: rm -rf /var/lib/apt/lists/*, --no-cache-dir, --no-cache, or a cache mount"
    )

    static let ffmpeg = GuardWords(
        title: "a voice pipeline without ffmpeg",
        reason:
            "Whisper, pydub and similar packages start ffmpeg at the first request, and fail there.",
        fix: "install ffmpeg in the runtime stage: apt-get install --no-install-recommends ffmpeg"
    )

    static let modelWeights = GuardWords(
        title: "model weights in the image",
        reason:
            "Every release and every rollback transfers gigabytes.",
        fix: "download them into a volume at start, and exclude them from the build context")

    static let ignoreFile = GuardWords(
        title: "a build context with unwanted files",
        reason: "Files in the context can end up in a layer: history, secrets, personal data.",
        fix:
            "write the line into .dockerignore; a line that begins with **/ matches at every depth"
    )

    static let volumes = GuardWords(
        title: "data that is lost with its container",
        reason:
            "A deploy or revert replaces the container and deletes the data that it wrote inside.",
        fix: "mount a named volume or a host folder at that path")

    static let dockerSocket = GuardWords(
        title: "the container engine's socket in a container",
        reason: "Access to the socket gives root access to the host.",
        fix: "remove it, or use a proxy that allows only the required calls")

    static let privileged = GuardWords(
        title: "a privileged container",
        reason: "A privileged container has the rights of root on its host.",
        fix: "add only the required capability or device")

    static let deployByTag = GuardWords(
        title: "a deploy by tag",
        reason: "A tag can move between build and deploy, so an untested image may run.",
        fix: "deploy the digest that the build printed: image@sha256:…, or ledger deploy")

    static let untestedDeploy = GuardWords(
        title: "a deploy that does not wait for tests",
        reason: "The workflow also deploys code that was never linted or tested.",
        fix: "make the deploying job depend on a job that lints and tests (needs:)")

    static let unpinnedAction = GuardWords(
        title: "an unpinned action",
        reason:
            "A tag or branch of another repository can change, and it runs in your pipeline with your secrets.",
        fix: "use the full commit hash: owner/action@40-hex # v1.2.3")

    static let permissions = GuardWords(
        title: "a workflow without explicit permissions",
        reason:
            "Without `permissions` the token has the rights of the repository's settings, often write access to everything.",
        fix: "add permissions: {contents: read} at the top, and more only in jobs that require it")
}
