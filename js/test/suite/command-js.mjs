// The same, in JavaScript: the compiler is taken away before anything asks for it.
import './refuse.mjs'
import '@farthing/sdk/js'
import './command.mjs'
